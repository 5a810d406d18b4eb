"""What is raised where a graph has no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import TierdepsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import Cycle, Finding


class GraphError(TierdepsError):
    """A graph has no plan; ``findings`` say why."""

    exit_code = 1

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("; ".join(finding.message for finding in self.findings))


class CycleError(GraphError):
    """Drivers need each other in a cycle; ``cycles`` has a shortest one of each component."""

    def __init__(self, findings: Iterable[Finding], cycles: Iterable[Cycle]) -> None:
        self.cycles: tuple[Cycle, ...] = tuple(cycles)
        super().__init__(findings)
