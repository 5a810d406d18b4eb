"""On random plans in simulated time: every hidden dependency that can be seen is found, and none is invented."""

from __future__ import annotations

import math
from random import Random
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shake.worlds import World, found, one, shake
from tierdeps.shake.outcome import Limits
from tierdeps.shake.realizer import Realizer, realizer
from tierdeps.shake.steps import steps_of

Pair = tuple[str, str]


def random_world(seed: int, drivers: int, hidden: int, rate: float = 0.0) -> World:
    """Return a world with so many hidden dependencies, in which one driver in ten fails at random."""
    random = Random(seed)  # noqa: S311  the same world each time
    names = [f"d{number}" for number in range(drivers)]
    needs = {name: [other for other in names[:place] if random.random() < 0.2] for place, name in enumerate(names)}
    pairs = [(name, other) for name in names for other in needs[name]]
    random.shuffle(pairs)
    flaky = {name: rate for name in names if rate and random.random() < 0.1}
    everyone = {name: one(*others) for name, others in needs.items()}
    return World(everyone, frozenset(pairs[:hidden]), flaky, seed=seed)


def observable(world: World) -> set[tuple[str, frozenset[str]]]:
    """Return the hidden dependencies whose absence shows: no others, declared or hidden, amount to the same."""
    return {(name, frozenset({other})) for name, other in world.hidden if not _is_implied(world, (name, other))}


def _is_implied(world: World, pair: Pair) -> bool:
    reached, stack = set(), [pair[0]]
    while stack:
        name = stack.pop()
        for other in (other for some in world.needs[name] for other in some if (name, other) != pair):
            if other not in reached:
                reached.add(other)
                stack.append(other)
    return pair[1] in reached


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), drivers=st.integers(2, 9), hidden=st.integers(0, 3))
def test_just_the_hidden_dependencies_are_found(seed: int, drivers: int, hidden: int) -> None:
    world = random_world(seed, drivers, hidden)
    shaken = shake(world.plan, Limits(seed=seed))
    assert found(shaken) == observable(world)
    assert (shaken.flaky, shaken.failing, shaken.unfinished) == ((), (), ())


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), drivers=st.integers(1, 14))
def test_a_realizer_has_each_open_pair_in_both_orders_and_each_order_is_legal(seed: int, drivers: int) -> None:
    steps = steps_of(random_world(seed, drivers, drivers // 3).plan)
    chooser = Realizer(steps, Random(seed))  # noqa: S311  the same each time
    seen = set()
    for order in realizer(steps, Random(seed)):  # noqa: S311  the same each time
        chooser.ran(order)
        place = {step: at for at, step in enumerate(order)}
        pairs = {(step, other) for step in place for other in place if place[step] < place[other]}
        assert all(not steps.order.before[step] >> other & 1 for step, other in pairs)
        seen |= pairs
    wanted = {(step, other) for step, row in enumerate(steps.undecided()) for other in place if row >> other & 1}
    assert wanted <= seen
    assert chooser.coverage.covered == chooser.coverage.pairs == len(wanted) // 2


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_runs_are_few_on_average(hidden: int) -> None:
    made, bounds = [], []
    for seed in range(8):
        world = random_world(seed, 10, hidden)
        shaken = shake(world.plan, Limits(seed=seed))
        orders = len(realizer(steps_of(world.plan), Random(seed)))  # noqa: S311  the same each time
        made.append(shaken.runs)
        bounds.append(2 * orders + math.log2(max(shaken.coverage.pairs, 1)))
    assert mean(made) <= mean(bounds)


def test_one_flaky_driver_in_ten_hides_nothing_and_is_charged_with_nothing() -> None:
    for seed in range(8):
        world = random_world(seed, 10, 1, rate=0.1)
        shaken = shake(world.plan, Limits(seed=seed))
        assert found(shaken) == observable(world), seed
        names = {shaken.steps.steps[flaky[0].step].driver for flaky in shaken.flaky}
        assert names <= set(world.flaky)
