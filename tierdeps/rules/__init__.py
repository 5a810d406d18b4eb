"""Rules check a graph and return findings; each rule is one file of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field
from tierdeps.baseline import BaselineDiff
from tierdeps.model import Cycle, Evidence, Finding, Fix, Plugin, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Origin, Process


class RuleContext(Value):
    """What a rule may read: the graph, the plugins that it came from and, for rules on the baseline, the baseline_diff.

    With ``import_lifecycles``, lifecycle classes that are given as text are imported and checked too. ``environment``
    has the variables of processes, None where they do not matter; with ``programs``, it is checked whether what
    processes run exists on this host.
    """

    graph: DependencyGraph
    plugins: tuple[Plugin, ...] = ()
    baseline_diff: BaselineDiff = field(default_factory=BaselineDiff)
    import_lifecycles: bool = False
    environment: Mapping[str, str] | None = None
    programs: bool = False


def local_processes(context: RuleContext) -> Iterator[tuple[str, Process, Origin]]:
    """Yield the drivers that are processes and would be started on this host; names alone have no process."""
    graph = context.graph
    if not isinstance(graph.drivers, dict):
        return
    disabled = graph.declarations.disabled
    for name, driver in graph.drivers.items():
        if driver.process is not None and driver.host is None and name not in disabled:
            yield name, driver.process, driver.origin


class Rule(Value):
    """One code: what it means, how it is found and how it is fixed.

    ``check`` returns findings and never prints. ``tierdeps explain CODE`` shows ``meaning``, ``example`` and
    ``how_to_fix``. A rule ``on_request`` runs only when it is selected by its code, but for its ``default_check``, if
    it has one, which finds a part of the same. A rule ``on_baseline`` runs after the findings of all others have been
    compared with the baseline.
    """

    code: str
    name: str
    severity: Severity
    meaning: str
    example: str
    how_to_fix: str
    check: Callable[[RuleContext], Iterable[Finding]]
    on_request: bool = False
    on_baseline: bool = False
    default_check: Callable[[RuleContext], Iterable[Finding]] | None = None

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
        blocks: Iterable[str] | None = None,
    ) -> Finding:
        """Return a finding of this rule.

        A baseline recognises a finding by its code, its drivers and its ``subject``: whatever else it is about,
        conditions and kinds of dependencies included. ``anchors`` are the drivers to recognise it by, where ``drivers``
        may change without making it another finding. ``blocks`` are the drivers that cannot start because of it, where
        these are not all of them.
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
            blocks=None if blocks is None else tuple(blocks),
        )
