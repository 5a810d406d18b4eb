"""The lightest feedback arc set by an integer program."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from tierdeps.cycles.approximate import light_feedback_arcs
from tierdeps.cycles.component import Component, ComponentEdge, successors, topological_positions, total_weight
from tierdeps.cycles.exact import lightest_feedback_arcs
from tierdeps.cycles.hitting_set import minimum_hitting_set
from tierdeps.cycles.optimal import MAX_ROUNDS, lightest_by, optimal_feedback_arcs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.cycles.hitting_set import Mask


def digraph(size: int, degree: int, seed: int) -> Component:
    random = Random(seed)  # noqa: S311
    pairs = sorted({(one, other) for one in range(size) for other in random.sample(range(size), degree)})
    edges = [ComponentEdge(one, other, number) for number, (one, other) in enumerate(p for p in pairs if p[0] != p[1])]
    return Component(size, (), tuple(edges), tuple(random.randrange(1, 4) for _ in edges))


def is_acyclic(component: Component, removed: Iterable[int]) -> bool:
    after = successors(component, removed)
    positions = topological_positions(after)
    return all(positions[tail] < positions[head] for tail, heads in enumerate(after) for head in heads)


class Exact:
    """A solver that takes the branch and bound of small components."""

    def __init__(self, component: Component) -> None:
        self.component = component
        self.sets: set[Mask] = set()

    def hit(self, sets: Iterable[Mask]) -> Mask | None:
        self.sets |= set(sets)
        return minimum_hitting_set(sorted(self.sets), self.component.weights)


class Tired(Exact):
    """A solver for which one round is too much work."""

    def hit(self, sets: Iterable[Mask]) -> Mask | None:
        del sets
        return None


class Stubborn(Exact):
    """A solver that removes nothing."""

    rounds = 0

    def hit(self, sets: Iterable[Mask]) -> Mask | None:
        del sets
        self.rounds += 1
        return 0


@pytest.mark.parametrize("seed", range(4))
def test_cycles_are_added_until_none_is_left(seed: int) -> None:
    component = digraph(10, 3, seed)
    found = lightest_by(Exact(component), component)
    assert found is not None
    assert is_acyclic(component, found)
    assert total_weight(component, found) == total_weight(component, lightest_feedback_arcs(component))


def test_a_solver_that_gives_up_has_no_answer() -> None:
    component = digraph(10, 3, 1)
    assert lightest_by(Tired(component), component) is None


def test_an_answer_that_leaves_a_cycle_is_never_taken_for_one() -> None:
    component = digraph(10, 3, 1)
    solver = Stubborn(component)
    assert lightest_by(solver, component) is None
    assert 1 <= solver.rounds <= MAX_ROUNDS


@pytest.mark.parametrize("seed", range(3))
def test_highs_finds_the_lightest_set(seed: int, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("highspy", reason="it is the solver")
    small = digraph(12, 3, seed)
    found = optimal_feedback_arcs(small)
    assert found is not None
    assert is_acyclic(small, found)
    assert total_weight(small, found) == total_weight(small, lightest_feedback_arcs(small))
    large = digraph(60, 3, seed)
    better = optimal_feedback_arcs(large)
    assert better is not None
    assert is_acyclic(large, better)
    assert total_weight(large, better) <= total_weight(large, light_feedback_arcs(large))
    assert capfd.readouterr().out == ""
