"""Whatever is wrong with a graph and with parts of its drivers: what can start, starts, and nothing else."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.property.strategies import cyclic, declarations, inverted, mistaken
from tierdeps._util.frozen import replace
from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph, GraphError
from tierdeps.graph.partial import partial_plan
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Declarations, Kind, Plan, Report, State, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

graphs = st.one_of(declarations(), cyclic(), inverted(), mistaken())


class Worn(Lifecycle):
    """Is degraded now and then."""

    random: Random
    started: set[Step]
    worn: dict[str, list[str]]

    def _act(self, context: Context) -> None:
        self.started.add(Step(context.driver, context.phase))
        if self.random.random() < 0.2:
            reason = f"part {self.random.randrange(3)}"
            context.degraded(reason)
            self.worn.setdefault(context.driver, []).append(reason)

    start = initialize = autostart = one = two = three = _act


def whole(found: Declarations, kind: type[Lifecycle]) -> DependencyGraph:
    drivers = tuple(replace(driver, lifecycle=kind) for driver in found.drivers)
    return DependencyGraph.of(replace(found, drivers=drivers, disabled=frozenset()))


def blocked_steps(plan: Plan) -> set[Step]:
    """Work out from scratch what cannot start: the steps of blocked drivers, what requires them, what comes behind."""
    found = {step for driver in plan if driver.blocked for step in driver.steps}
    while more := {step for step, needs in _hard(plan) if step not in found and not found.isdisjoint(needs)}:
        found |= more
    return found


def _hard(plan: Plan) -> Iterator[tuple[Step, set[Step]]]:
    for driver in plan:
        for index, step in enumerate(driver.steps):
            needs = {wait.step for wait in driver.waits[index] if wait.kind is Kind.REQUIRES}
            yield step, needs | set(driver.steps[:index][-1:])


def run(plan: Plan) -> Report:
    async def main() -> Report:
        executor = Executor(plan, engine=INLINE, on_failure="isolate", allow_empty=not plan.drivers)
        report = await executor.start()
        await executor.stop()
        return report

    return run_virtually(main())


@given(graphs, st.integers(0, 1000))
def test_what_can_start_starts_and_the_rest_is_blocked_with_its_root_cause(found: Declarations, seed: int) -> None:
    started, worn = set[Step](), dict[str, list[str]]()
    content = {"random": Random(seed), "started": started, "worn": worn}  # noqa: S311
    graph = whole(found, type("Kind", (Worn,), content))
    try:
        plan = partial_plan(graph)
    except GraphError:
        assert graph.tier_order.cycles or graph.tier_order.unknown
        return
    assert set(plan.drivers) == set(graph.drivers)
    report, refused = run(plan), blocked_steps(plan)
    assert started == {step for driver in plan for step in driver.steps} - refused
    roots = {driver.name for driver in plan if driver.blocked}
    assert {outcome.driver for outcome in report.root_causes} == roots
    for outcome in report.outcomes:
        last = plan.drivers[outcome.driver].steps[-1]
        assert outcome.state is (State.BLOCKED if last in refused else State.READY)
        if outcome.driver in roots:
            assert outcome.reason == plan.drivers[outcome.driver].blocked
        elif outcome.state is State.BLOCKED:
            assert outcome.cause
            assert set(outcome.cause) <= roots
        else:
            assert outcome.degraded == "; ".join(dict.fromkeys(worn.get(outcome.driver, [])))
    assert report.ready is (not refused)
    assert report.ok is (not refused and not report.degraded)


@given(graphs)
def test_a_graph_is_whole_exactly_where_its_partial_plan_is_the_plan(found: Declarations) -> None:
    graph = whole(found, Lifecycle)
    try:
        plan = graph.collapse()
    except GraphError:
        plan = None
    try:
        partial = partial_plan(graph)
    except GraphError:
        assert plan is None
        return
    assert (plan == partial) is (plan is not None)
    assert any(driver.blocked for driver in partial) is (plan is None)
