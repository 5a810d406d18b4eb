"""What the rules say of a graph, or of several that were checked each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field
from tierdeps.code_locations import CodeLocations
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from tierdeps.model import CheckReport


class GraphCheck(Value):
    """One of several graphs: its report, or in one sentence why there is none.

    ``locations`` finds the places of its findings.
    """

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
        """The word for it."""
        return "passed" if self.ok else "failed" if self.report else "not checked"


class Checks(Value):
    """Several graphs, each checked by itself."""

    checks: tuple[GraphCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether all could be checked and none has an error."""
        return all(check.ok for check in self.checks)

    @property
    def summary(self) -> str:
        """Say how many there are, and what came of them."""
        outcomes = [check.outcome for check in self.checks]
        parts = [f"{outcomes.count(word)} {word}" for word in ("passed", "failed", "not checked") if word in outcomes]
        return f"{counted(len(outcomes), 'graph')}: {', '.join(parts)}"
