"""What a run has come to, as a report."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from tierdeps.model import Outcome, Report, State
from tierdeps.model.report import Outcomes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run
    from tierdeps.model import Plan


def not_run(plan: Plan, engine: str) -> Report:
    """Report that nothing of a plan began."""
    return Report(plan, tuple(Outcome(driver.name, State.PENDING) for driver in plan), engine=engine)


def report_of(run: Run, engine: str, *, interrupted: bool = False) -> Report:
    """Report how a run stands; ``interrupted`` where a stop came before all was ready."""
    nodes = list(compress(run.nodes, run.notable))
    _name_causes(nodes)
    plan, notable = run.blueprint.plan, tuple([node.outcome() for node in nodes])
    outcomes = notable if len(nodes) == len(run.nodes) else Outcomes(plan, notable)
    return Report(plan, outcomes, interrupted, run.problem, run.now, tuple(run.audience.notes), engine)


def _name_causes(nodes: Iterable[Node]) -> None:
    """Name the failures that kept a tier shut, for those behind it that nothing else blocks."""
    failed: set[str] = set()
    shut: list[Node] = []
    for node in nodes:
        if node.state is State.FAILED and not node.ignored:
            failed.add(node.name)
        elif node.state is State.BLOCKED and not node.cause:
            shut.append(node)
    for node in shut:
        node.cause = frozenset(failed)
