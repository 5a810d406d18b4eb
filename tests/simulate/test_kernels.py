"""Both kernels compute what the executor does, restart by restart, with the same draws."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Policy, Schedule, Tier, after, requires, wants
from tierdeps.simulate.by_executor import ExecutorRestarts
from tierdeps.simulate.numpy_kernel import NumpyKernel
from tierdeps.simulate.plain_kernel import PlainKernel
from tierdeps.simulate.restart import Restart, critical_steps
from tierdeps.simulate.scenario import Need, Scenario, scenario_of
from tierdeps.simulate.simulation import select_kernel
from tierdeps.simulate.tally import Tally
from tierdeps.simulate.timings import step_timings

RESTARTS = 4
#: Small numbers so that many steps end at one time.
SECONDS = st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0])
TIMINGS = st.one_of(
    SECONDS.map(str),
    st.tuples(SECONDS, SECONDS).map(lambda pair: f"uniform({min(pair)}, {max(pair)})"),
    SECONDS.map(lambda mean: f"exponential({mean})"),
    st.tuples(SECONDS, SECONDS).map(lambda pair: f"normal({pair[0]}, {pair[1]})"),
    st.tuples(SECONDS, SECONDS).map(lambda pair: f"lognormal({pair[0]}, {pair[1]})"),
    st.tuples(SECONDS, SECONDS).map(lambda pair: f"{pair[0]} + thread uniform(0, {pair[1]})"),
)
fewer = settings(max_examples=settings().max_examples // 3)
PHASES = (("start",), ("start", "go"), ("a", "b", "c"))


@st.composite
def graphs(draw: st.DrawFn) -> DependencyGraph:
    """Draw a graph of some tiers in which a driver needs drivers of its own tier or an earlier one, declared before."""
    tiers = draw(st.integers(1, 3))
    size = draw(st.integers(1, 8))
    levels = sorted(draw(st.lists(st.integers(0, tiers - 1), min_size=size, max_size=size)))
    drivers: list[Driver] = []
    for number, level in enumerate(levels):
        phases = draw(st.sampled_from(PHASES))
        dependencies = []
        for other in draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set():
            verb = draw(st.sampled_from([requires, wants, after]))
            target = drivers[other]
            name = f"{target.name}:{draw(st.sampled_from(target.phases))}"
            dependencies.append(verb(name, phase=draw(st.sampled_from(phases))))
        timing = {phase: draw(TIMINGS) for phase in phases if draw(st.booleans())}
        drivers.append(
            Driver(f"d{number}", tier=f"t{level}", phases=phases, dependencies=tuple(dependencies), timing=timing)
        )
    order = draw(st.permutations(drivers))
    off = draw(st.sets(st.sampled_from([driver.name for driver in drivers]), max_size=1))
    disabled = off if draw(st.booleans()) else set()
    return DependencyGraph(order, [Tier(f"t{level}") for level in range(tiers)], disabled=disabled)


def scenario(graph: DependencyGraph, schedule: Schedule = Schedule.PLAN, changes: tuple[str, ...] = ()) -> Scenario:
    plan = graph.collapse()
    needs = [
        Need(edge.dependent, edge.needed, edge.reason)
        for edge in graph.edges
        if not (plan.drivers[edge.dependent.driver].disabled or plan.drivers[edge.needed.driver].disabled)
    ]
    return scenario_of(plan, list(plan.drivers), schedule, step_timings(plan, changes), needs)


def same(one: Restart, other: Restart) -> bool:
    return (
        one.begins == pytest.approx(other.begins, abs=1e-6)
        and one.ends == pytest.approx(other.ends, abs=1e-6)
        and one.makespan == pytest.approx(other.makespan, abs=1e-6)
    )


@fewer
@given(graphs(), st.sampled_from(Schedule), st.integers(0, 1 << 64))
def test_the_kernels_and_the_executor_agree_on_every_step(
    graph: DependencyGraph, schedule: Schedule, seed: int
) -> None:
    simulated = scenario(graph, schedule)
    assert simulated.is_expressible
    plain, vectors = PlainKernel(simulated, seed).block(RESTARTS), NumpyKernel(simulated, seed).block(RESTARTS)
    with ExecutorRestarts(simulated) as executor:
        for number in range(RESTARTS):
            real = executor.run(plain.draws(number))
            computed = (plain.restart(number), vectors.restart(number))
            for restart in computed:
                assert same(restart, real)
                assert restart.draws.durations == pytest.approx(real.draws.durations, rel=1e-12)
                assert restart.too_early(simulated.needs) == real.too_early(simulated.needs)
                assert critical_steps(simulated, restart) == critical_steps(simulated, real)


@fewer
@given(graphs(), st.sampled_from(Schedule), st.integers(0, 1 << 64), st.sets(st.integers(0, RESTARTS - 1), max_size=2))
def test_the_kernels_count_the_same(graph: DependencyGraph, schedule: Schedule, seed: int, without: set[int]) -> None:
    simulated = scenario(graph, schedule)
    tallies = []
    for kernel in (PlainKernel(simulated, seed), NumpyKernel(simulated, seed)):
        tally = Tally(simulated)
        for _ in range(2):  # sums go on from block to block
            block = kernel.block(RESTARTS)
            block.count(tally, without)
        tallies.append(tally)
    one, other = tallies
    assert (one.hit, one.early, one.victims, one.critical) == (other.hit, other.early, other.victims, other.critical)
    assert one.makespans.tolist() == pytest.approx(other.makespans.tolist())
    assert one.critical_seconds == pytest.approx(other.critical_seconds)
    assert one.squares == pytest.approx(other.squares)
    assert one.products == pytest.approx(other.products, abs=1e-9)


@fewer
@given(st.integers())
def test_numpy_goes_on_with_the_generator_of_python(seed: int) -> None:
    simulated = scenario(DependencyGraph([Driver("a", timing={"start": "uniform(0, 1)"})]))
    random = Random(seed)  # noqa: S311
    expected = [random.random() for _ in range(2 * RESTARTS)][::2]
    assert np.array_equal(NumpyKernel(simulated, seed).block(RESTARTS).durations[0], expected)


def test_a_step_that_takes_longer_than_its_timeout_is_left_to_the_executor() -> None:
    slow = Driver("a", timing={"start": "uniform(0, 2)"}, policy=Policy(timeout=1))
    simulated = scenario(DependencyGraph([slow, Driver("b")]))
    for kernel in (PlainKernel(simulated, 7), NumpyKernel(simulated, 7)):
        block = kernel.block(50)
        over = block.over_limit()
        assert over == [number for number in range(50) if block.draws(number).durations[0] >= 1]
        assert 0 < len(over) < 50


def test_a_driver_that_is_blocked_by_a_disabled_one_is_left_to_the_executor() -> None:
    blocked = Driver("b", dependencies=(requires("a", skipped="block"),))
    assert not scenario(DependencyGraph([Driver("a"), blocked], disabled=["a"])).is_expressible


def test_numpy_is_imported_only_where_it_saves_more_than_that_takes() -> None:
    simulated = scenario(DependencyGraph([Driver("a")]))
    assert isinstance(select_kernel(simulated, 10, 1), PlainKernel)
    assert isinstance(select_kernel(simulated, 1_000_000, 1), NumpyKernel)


@pytest.mark.usefixtures("without_numpy")
def test_without_numpy_the_plain_kernel_does_it() -> None:
    simulated = scenario(DependencyGraph([Driver("a")]))
    assert isinstance(select_kernel(simulated, 1_000_000, 1), PlainKernel)


@pytest.fixture
def without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tierdeps.simulate.numpy_kernel", None)
