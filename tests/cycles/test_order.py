"""Orders of the steps of a component, and the two ways in which they are improved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.frozen import replace
from tierdeps.cycles.approximate import (
    MAX_EDGES_FOR_MINIMAL,
    backward_dependencies,
    improve,
    is_large,
    light_feedback_arcs,
)
from tierdeps.cycles.component import Component, ComponentEdge, successors, topological_positions, total_weight
from tierdeps.cycles.neighbours import Neighbours
from tierdeps.cycles.resort import resort
from tierdeps.cycles.sift import sift
from tierdeps.cycles.start_order import degree_order, greedy_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@st.composite
def components(draw: st.DrawFn) -> Component:
    """Draw a graph whose dependencies weigh 1 to 3 and may make several edges; each fixed edge leads to the right."""
    size = draw(st.integers(2, 12))
    step = st.integers(0, size - 1)
    pairs = draw(st.lists(st.tuples(step, step).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=40))
    fixed = {(min(pair), max(pair)) for pair in draw(st.lists(st.sampled_from(pairs), max_size=4))}
    count = draw(st.integers(1, len(pairs)))
    edges = {ComponentEdge(tail, head, number % count) for number, (tail, head) in enumerate(pairs)}
    weights = draw(st.lists(st.integers(1, 3), min_size=count, max_size=count))
    return Component(size, tuple(sorted(fixed)), tuple(sorted(edges)), tuple(weights))


def backward_edges(component: Component, positions: Sequence[float]) -> set[ComponentEdge]:
    return {edge for edge in component.edges if positions[edge.tail] > positions[edge.head]}


def backward_weight(component: Component, positions: Sequence[float]) -> int:
    return sum(component.weights[edge.dependency] for edge in backward_edges(component, positions))


def is_valid(component: Component, positions: Sequence[float]) -> bool:
    """Return whether no fixed edge leads backwards, and no edge connects steps at equal positions."""
    distinct = all(positions[edge.tail] != positions[edge.head] for edge in component.edges)
    return distinct and all(positions[tail] < positions[head] for tail, head in component.fixed)


def leaves_no_cycle(component: Component, removed: Iterable[int]) -> bool:
    after = successors(component, removed)
    positions = topological_positions(after)
    return all(positions[tail] < positions[head] for tail, heads in enumerate(after) for head in heads)


@pytest.mark.parametrize("start", [degree_order, greedy_order])
@given(component=components())
def test_no_fixed_edge_leads_backwards_in_an_order_to_start_from(
    start: Callable[[Component], list[float]], component: Component
) -> None:
    assert is_valid(component, start(component))


@given(component=components(), reverse=st.booleans())
def test_edges_that_led_forwards_still_do_after_sorting_once_more(component: Component, reverse: bool) -> None:
    before = degree_order(component)
    found, backward = resort(Neighbours(component), before, reverse=reverse)
    assert is_valid(component, found)
    assert backward_edges(component, found) <= backward_edges(component, before)
    assert backward == len(backward_edges(component, before))


@given(component=components())
def test_moving_steps_never_makes_an_order_heavier(component: Component) -> None:
    order = degree_order(component)
    before = backward_weight(component, order)
    neighbours = Neighbours(component)
    sift(neighbours, neighbours.costs, order)
    assert is_valid(component, order)
    assert backward_weight(component, order) <= before


@given(component=components(), rounds=st.integers(0, 6))
def test_no_rounds_lead_more_edges_backwards(component: Component, rounds: int) -> None:
    start = degree_order(component)
    many = replace(component, weights=tuple(100 + weight for weight in component.weights))
    order = improve(Neighbours(many), start, rounds)
    assert is_valid(component, order)
    assert len(backward_edges(component, order)) <= len(backward_edges(component, start))


@given(component=components())
def test_what_is_found_leaves_no_cycle_and_nothing_of_it_can_be_kept(component: Component) -> None:
    found = light_feedback_arcs(component)
    assert leaves_no_cycle(component, found)
    for item in found:
        assert not leaves_no_cycle(component, set(found) - {item})


def test_a_group_of_steps_moves_as_one() -> None:
    """No single step of the second chain has a better position, but the chain as a whole has."""
    pairs = [(0, 1), (1, 2), (3, 4), (4, 5), (3, 0), (5, 2)]
    edges = tuple(ComponentEdge(tail, head, number) for number, (tail, head) in enumerate(pairs))
    component = Component(6, (), edges, (1,) * len(edges))
    found, backward = resort(Neighbours(component), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    assert backward == 2
    assert backward_dependencies(component, found) == set()


def test_a_ring_in_no_order_is_cut_once() -> None:
    size = 101
    edges = tuple(
        ComponentEdge(step, (step * 7 + 1) % size, step) for step in range(size) if step * 6 % size != size - 1
    )
    component = Component(size, (), edges, (1,) * size)
    assert len(light_feedback_arcs(component)) <= 1


@pytest.mark.parametrize("kinds", [1, 3])
def test_of_a_torus_the_fewest_dependencies_are_removed(kinds: int) -> None:
    """Each of its rows and columns is a cycle, and no two of these share a dependency."""
    side = 20
    ends = [(x + y * side, x, y) for y in range(side) for x in range(side)]
    pairs = [
        pair for step, x, y in ends for pair in ((step, (x + 1) % side + y * side), (step, x + (y + 1) % side * side))
    ]
    edges = tuple(ComponentEdge(tail, head, number) for number, (tail, head) in enumerate(pairs))
    component = Component(side * side, (), edges, tuple(len(edges) + number % kinds for number in range(len(edges))))
    found = light_feedback_arcs(component)
    assert leaves_no_cycle(component, found)
    assert len(found) == 2 * side


def test_in_a_large_component_little_is_searched_and_no_cycle_is_left() -> None:
    count = MAX_EDGES_FOR_MINIMAL // 2 + 1
    pairs = sorted(pair for step in range(count) for pair in ((step, step + 1), (step + 1, step)))
    edges = tuple(ComponentEdge(tail, head, number) for number, (tail, head) in enumerate(pairs))
    component = Component(count + 1, (), edges, (1,) * len(edges))
    found = light_feedback_arcs(component)
    assert is_large(component)
    assert leaves_no_cycle(component, found)
    assert total_weight(component, found) == count
