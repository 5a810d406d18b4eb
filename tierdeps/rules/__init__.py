"""Rules look at a graph and say what is wrong with it; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field
from tierdeps.baseline import Comparison
from tierdeps.model import Cycle, Evidence, Finding, Fix, Plugin, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.graph import DependencyGraph


class Inspection(Value):
    """What rules look at: the graph, the plugins that it came from, and for the last rules what the others found.

    ``import_lifecycles`` asks for lifecycles that are only named to be imported and looked at.
    """

    graph: DependencyGraph
    plugins: tuple[Plugin, ...] = ()
    comparison: Comparison = field(default_factory=Comparison)
    import_lifecycles: bool = False


class Rule(Value):
    """One code: what it means, how it is mended, and how it is found.

    ``check`` returns data and never prints. ``example`` and ``mend`` are what ``tierdeps explain CODE`` shows.
    A rule with ``on_request`` runs only when it is selected by its code; ``unasked`` is the part of it that is looked
    for all the same. One that is ``last`` runs once the findings
    of the others have been held against the baseline.
    """

    code: str
    name: str
    severity: Severity
    meaning: str
    example: str
    mend: str
    check: Callable[[Inspection], Iterable[Finding]]
    on_request: bool = False
    last: bool = False
    unasked: Callable[[Inspection], Iterable[Finding]] | None = None

    def finding(
        self,
        message: str,
        drivers: Iterable[str],
        evidence: Iterable[Evidence] = (),
        fixes: Iterable[Fix] = (),
        cycle: Cycle | None = None,
        *,
        subject: Iterable[str] = (),
        anchors: Iterable[str] | None = None,
    ) -> Finding:
        """Make one finding of this rule.

        ``subject`` names what it is about besides drivers, conditions and hardness included; ``anchors`` are the
        drivers that it is known again by, where some of ``drivers`` may come and go without making it another finding.
        """
        return Finding(
            self.code,
            self.name,
            self.severity,
            message,
            tuple(drivers),
            tuple(evidence),
            tuple(fixes),
            cycle,
            tuple(subject),
            anchors=None if anchors is None else tuple(anchors),
        )
