"""What rules say: findings with their evidence and their fixes, as data."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from datetime import date

    from tierdeps.model.change import Change
    from tierdeps.model.edges import Cycle
    from tierdeps.model.origin import Origin


class Severity(StrEnum):
    """An error fails a check; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Evidence(Value):
    """One declaration that causes a finding: what it says, who declared it, why, and under which fact.

    ``key`` is the part of the declaration that is wrong, such as the tier of a driver, and ``name`` the name in it:
    code frames point there.
    """

    text: str
    origin: Origin
    reason: str = ""
    when: str | None = None
    key: str = ""
    name: str = ""


class Fix(Value):
    """One way to fix a finding.

    ``change`` does it to the declarations, where it can be done to them; ``proof`` says what was seen to hold then;
    ``parts`` are the declarations to be changed, where they are several.
    """

    summary: str
    change: Change | None = None
    proof: str = ""
    parts: tuple[Evidence, ...] = ()


class Excuse(Value):
    """Why the baseline excuses a finding, who owns that, through which day, and where the entry is."""

    reason: str
    owner: str = ""
    until: date | None = None
    origin: Origin | None = None


class Finding(Value):
    """A problem that a rule found; of the ``drivers`` concerned, the first is the one to look at first.

    ``subject`` names what else it is about (a tier, a fact, a target). A baseline recognises a finding by its code, its
    drivers and its subject, whatever the message; by ``anchors`` instead of all drivers, if there are any. ``hint`` is
    the team's, from the settings. ``excuse`` is set if the baseline excuses the finding. ``blocks`` are the drivers
    that cannot start because of an error, if these are not all of ``drivers``.
    """

    code: str
    rule: str
    severity: Severity
    message: str
    drivers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    fixes: tuple[Fix, ...] = ()
    cycle: Cycle | None = None
    subject: tuple[str, ...] = ()
    hint: str = ""
    anchors: tuple[str, ...] | None = None
    excuse: Excuse | None = None
    blocks: tuple[str, ...] | None = None

    @property
    def concerned(self) -> tuple[str, ...]:
        """The drivers that a start of what can start blocks because of it."""
        return self.drivers if self.blocks is None else self.blocks

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The origins of the evidence, each once."""
        return tuple(dict.fromkeys(item.origin for item in self.evidence))


class RuleInfo(Value):
    """What a report says about a rule that ran, with the severity that it had."""

    code: str
    name: str
    severity: Severity
    meaning: str
    how_to_fix: str
    hint: str = ""


class CheckReport(Value):
    """The result of a check: all findings, and the size of what was checked.

    ``known`` are the findings that the baseline excuses: they do not count as errors. ``rules`` are those that ran,
    ``deselected`` the codes of rules that run by default but were deselected. ``active`` is how many drivers are
    active, where the graph has targets; ``hosts`` how many hosts the drivers run on, if any is declared.

    ``command`` made the report. ``failures`` say what went wrong while it did, which no finding explains; ``gaps`` what
    it did not examine.
    """

    findings: tuple[Finding, ...]
    drivers: int
    dependencies: int
    tiers: int
    cycles: int
    known: tuple[Finding, ...] = ()
    rules: tuple[RuleInfo, ...] = ()
    deselected: tuple[str, ...] = ()
    active: int | None = None
    hosts: int = 0
    command: str = "check"
    failures: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that fail the check."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def ok(self) -> bool:
        """Whether there is no error, and nothing went wrong."""
        return not (self.errors or self.failures)

    @property
    def outcome(self) -> str:
        """The outcome: ``passed``, ``failed``, or ``incomplete`` where something was not examined."""
        return "failed" if not self.ok else "incomplete" if self.gaps else "passed"
