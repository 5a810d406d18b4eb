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
    """One declaration that a finding rests on: what it says, who wrote it, why, and under which fact."""

    text: str
    origin: Origin
    reason: str = ""
    when: str | None = None


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
    """What the baseline says of a finding that it excuses: why, who sees to it, through which day, and where."""

    reason: str
    owner: str = ""
    until: date | None = None
    origin: Origin | None = None


class Finding(Value):
    """What a rule found wrong: ``drivers`` are those concerned, the first of them the one to look at first.

    ``subject`` names what else it is about (a tier, a fact, a target), so that it is known again whatever the words of
    the message; ``anchors`` are the drivers that it is known again by, where these are not all of ``drivers``;
    ``hint`` is the team's own, from the settings; ``excuse`` is there where the baseline excuses it.
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

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Who declared what it rests on."""
        return tuple(dict.fromkeys(item.origin for item in self.evidence))


class RuleInfo(Value):
    """What a report tells of a rule that ran: its code, how much it weighs here, and what it means."""

    code: str
    name: str
    severity: Severity
    meaning: str
    how_to_fix: str
    hint: str = ""


class CheckReport(Value):
    """The outcome of a check: all findings, and how much was looked at.

    ``known`` are the findings that the baseline excuses: they are in no count of errors. ``rules`` are those that ran,
    ``deselected`` the codes of those that would have, had they not been deselected.
    """

    findings: tuple[Finding, ...]
    drivers: int
    dependencies: int
    tiers: int
    cycles: int
    known: tuple[Finding, ...] = ()
    rules: tuple[RuleInfo, ...] = ()
    deselected: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that fail the check."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not self.errors
