"""The report of a check: of one graph, or of several that were checked separately."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field
from tierdeps.code_locations import CodeLocations
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from tierdeps.model import CheckReport


class GraphCheck(Value):
    """The result for one of several graphs: its report, or the problem that prevented the check."""

    graph: str
    report: CheckReport | None = None
    problem: str = ""
    locations: CodeLocations = field(default_factory=CodeLocations)

    @property
    def ok(self) -> bool:
        """Whether it could be checked and has no error."""
        return self.report is not None and self.report.ok

    @property
    def outcome(self) -> str:
        """The outcome: ``passed``, ``failed`` or ``not checked``."""
        return "passed" if self.ok else "failed" if self.report else "not checked"


class Checks(Value):
    """Several graphs that were checked separately."""

    checks: tuple[GraphCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether all could be checked and none has an error."""
        return all(check.ok for check in self.checks)

    @property
    def summary(self) -> str:
        """The number of graphs with each outcome."""
        outcomes = [check.outcome for check in self.checks]
        parts = [f"{outcomes.count(word)} {word}" for word in ("passed", "failed", "not checked") if word in outcomes]
        return f"{counted(len(outcomes), 'graph')}: {', '.join(parts)}"
