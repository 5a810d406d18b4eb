"""The smallest feedback edge set: exact in small components, approximate in large ones."""
# ruff: noqa: S311  nothing secret is drawn

from __future__ import annotations

import sys
from itertools import combinations, pairwise, permutations
from random import Random
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from tierdeps.cycles.approximate import light_feedback_arcs
from tierdeps.cycles.component import Component, ComponentEdge
from tierdeps.cycles.dependencies import Dependencies
from tierdeps.cycles.exact import MAX_SETS_COUNTED, equal_feedback_arcs, lightest_feedback_arcs
from tierdeps.cycles.feedback_arcs import MAX_EXACT_DEPENDENCIES, FeedbackArcs, smallest_feedback_arcs
from tierdeps.cycles.preference import exact_weights
from tierdeps.model import Dependency, Edge, Kind, Step, after, requires

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tierdeps.cycles.component import StepEdges

Pair = tuple[int, int]


def step_edges(*edges: tuple[str, str, Dependency]) -> StepEdges:
    """Return the edges of a component; steps are written ``driver`` or ``driver:phase``."""
    found: StepEdges = {}
    for here, needed, dependency in edges:
        pair = _step(here), _step(needed)
        found[pair] = (*found.get(pair, ()), Edge(*pair, dependency, pair[0].driver))
    return found


def _step(name: str) -> Step:
    driver, _, phase = name.partition(":")
    return Step(driver, phase or "start")


def needs(here: str, needed: str, kind: Kind = Kind.REQUIRES, when: str | None = None) -> tuple[str, str, Dependency]:
    return here, needed, Dependency(kind, needed, when=when)


@pytest.fixture
def without_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have HiGHS missing, where it is installed."""
    monkeypatch.setitem(sys.modules, "highspy", None)


def names(edges: Iterable[Edge]) -> list[str]:
    return [f"{edge.dependent.driver}{edge.needed.driver}" for edge in edges]


def smallest(found: StepEdges, **dependents: int) -> FeedbackArcs:
    """Return the answer; nobody needs a driver that is not named in ``dependents``."""
    return smallest_feedback_arcs(found, lambda driver: dependents.get(driver, 0))


def removed(found: StepEdges, **dependents: int) -> list[str]:
    answer = smallest(found, **dependents)
    assert answer.exact
    return names(answer.edges)


def component(pairs: Iterable[Pair], fixed: Iterable[Pair] = (), random: Random | None = None) -> Component:
    """Return a component as numbers; with ``random`` half of the dependencies are soft."""
    edges = tuple(ComponentEdge(tail, head, item) for item, (tail, head) in enumerate(pairs))
    known = tuple(fixed)
    size = 1 + max(max(pair) for pair in (*known, *((edge.tail, edge.head) for edge in edges)))
    weights = [len(edges) + 1 + (random.random() < 0.5 if random else 0) for _ in edges]
    return Component(size, known, edges, tuple(weights))


def has_order(found: Component, without: Collection[int]) -> bool:
    graph: nx.DiGraph[int] = nx.DiGraph(found.fixed)
    graph.add_edges_from((edge.tail, edge.head) for edge in found.edges if edge.dependency not in without)
    return nx.is_directed_acyclic_graph(graph)


def ring_with_chords(size: int, count: int, random: Random) -> list[Pair]:
    """Return a strongly connected component of so many dependencies."""
    found = {(number, (number + 1) % size) for number in range(size)}
    while len(found) < min(count, size * (size - 1)):
        found.add((random.randrange(size), random.randrange(size)))
        found = {pair for pair in found if pair[0] != pair[1]}
    return sorted(found)


def planted(size: int, forwards: int, backwards: int, random: Random) -> list[Pair]:
    """Return dependencies that have an order but for a known number of them, shuffled."""
    order = random.sample(range(size), size)
    found: set[Pair] = set()
    for count, backward in ((forwards, False), (backwards, True)):
        goal = len(found) + count
        while len(found) < goal:
            early, late = sorted(random.sample(range(size), 2))
            found.add((order[late], order[early]) if backward else (order[early], order[late]))
    return random.sample(sorted(found), len(found))


def test_removing_one_dependency_of_a_single_cycle_is_enough() -> None:
    assert removed(step_edges(needs("a", "b"), needs("b", "c"), needs("c", "a"))) == ["ab"]


def test_the_dependency_that_all_cycles_share_is_found() -> None:
    found = step_edges(
        needs("a", "b"), needs("b", "a"), needs("b", "c"), needs("c", "a"), needs("c", "d"), needs("d", "a")
    )
    assert removed(found) == ["ab"]


def test_a_soft_dependency_is_preferred() -> None:
    assert removed(step_edges(needs("a", "b"), needs("b", "c", Kind.AFTER), needs("c", "a"))) == ["bc"]


def test_a_conditional_dependency_is_preferred_to_one_that_always_holds() -> None:
    assert removed(step_edges(needs("a", "b"), needs("b", "c"), needs("c", "a", when="hot"))) == ["ca"]


def test_softness_counts_before_condition() -> None:
    assert removed(step_edges(needs("a", "b", when="hot"), needs("b", "c"), needs("c", "a", Kind.WANTS))) == ["ca"]


def test_smallness_counts_before_softness() -> None:
    soft = Kind.AFTER
    found = step_edges(needs("a", "b"), needs("b", "c", soft), needs("b", "d", soft), needs("c", "a"), needs("d", "a"))
    assert removed(found) == ["ab"]


def test_parallel_dependencies_must_all_be_removed() -> None:
    found = step_edges(needs("a", "b"), needs("a", "b", Kind.AFTER), needs("b", "c"), needs("c", "a"))
    assert removed(found) == ["bc"]


def test_a_dependency_that_makes_several_edges_is_removed_once() -> None:
    door = after("door")
    found = step_edges(("a", "b", door), ("a", "c", door), needs("b", "a"), needs("c", "a"))
    assert removed(found) == ["ab"]


def test_the_order_of_a_drivers_own_phases_is_never_removed() -> None:
    found = step_edges(needs("a:one", "b:two"), needs("b:one", "a:two"))
    found |= {(_step("a:two"), _step("a:one")): (), (_step("b:two"), _step("b:one")): ()}
    assert removed(found) == ["ab"]


@pytest.mark.usefixtures("without_solver")
def test_up_to_forty_dependencies_the_answer_is_exact() -> None:
    ladder = [
        needs(*pair) for one, other in pairwise(f"{n:02}" for n in range(22)) for pair in ((one, other), (other, one))
    ]
    found = smallest(step_edges(*ladder[:MAX_EXACT_DEPENDENCIES]))
    assert (len(found.edges), found.exact) == (20, True)
    found = smallest(step_edges(*ladder))
    assert (len(found.edges), found.exact) == (21, False)


def test_a_single_dependency_is_known_to_be_the_smallest_set_however_large_the_component() -> None:
    drivers = [f"{number:03}" for number in range(100)]
    ring = [needs(one, other) for one, other in zip(drivers, [*drivers[1:], drivers[0]], strict=True)]
    ring[57] = needs("057", "058", Kind.AFTER)
    found = smallest(step_edges(*ring))
    assert [edge.dependent.driver for edge in found.edges] == ["057"]
    assert found.exact


def _best_order(found: Component) -> int:
    """Try every order of the steps."""
    return min(
        sum(order.index(edge.tail) > order.index(edge.head) for edge in found.edges)
        for order in permutations(range(found.size))
    )


@pytest.mark.parametrize("seed", range(10))
def test_no_order_has_fewer_dependencies_backwards(seed: int) -> None:
    random = Random(seed)
    found = component(ring_with_chords(6, random.randrange(8, 28), random))
    assert len(lightest_feedback_arcs(found)) == _best_order(found)


WORST: dict[str, Sequence[Pair]] = {
    "everybody needs everybody, six": list(permutations(range(6), 2)),
    "everybody needs everybody, seven": list(permutations(range(7), 2))[:MAX_EXACT_DEPENDENCIES],
    "twenty pairs": [pair for n in range(20) for pair in ((n, n + 1), (n + 1, n))],
    "forty in a ring": [(n, (n + 1) % 40) for n in range(40)],
}
WORST |= {
    f"random, {size}": ring_with_chords(size, MAX_EXACT_DEPENDENCIES, Random(size)) for size in (7, 8, 10, 14, 20)
}


@pytest.mark.parametrize("case", WORST)
def test_the_exact_answer_leaves_no_cycle_in_the_worst_cases(case: str) -> None:
    found = component(WORST[case], random=Random(0))
    chosen = lightest_feedback_arcs(found)
    assert has_order(found, chosen)


def test_the_exact_answer_leaves_no_cycle_through_phases() -> None:
    random = Random(1)
    fixed = [(3 * driver + phase + 1, 3 * driver + phase) for driver in range(8) for phase in range(2)]
    pairs = {
        (3 * one + random.randrange(3), 3 * other + random.randrange(3)) for one, other in permutations(range(8), 2)
    }
    found = component(sorted(pairs)[:MAX_EXACT_DEPENDENCIES], fixed)
    assert has_order(found, lightest_feedback_arcs(found))


@pytest.mark.parametrize("size", [6, 7, 8, 10, 13, 16, 20, 28])
@pytest.mark.parametrize("seed", range(6))
def test_the_heuristic_is_never_worse_than_twice_the_best(size: int, seed: int) -> None:
    found = component(ring_with_chords(size, MAX_EXACT_DEPENDENCIES, Random(seed)))
    guessed = light_feedback_arcs(found)
    assert has_order(found, guessed)
    assert len(guessed) <= 2 * len(lightest_feedback_arcs(found))


@pytest.mark.parametrize(
    ("size", "forwards", "backwards"),
    [(50, 150, 5), (100, 300, 10), (100, 300, 30), (100, 800, 20), (300, 900, 20), (300, 1500, 60)],
)
def test_the_heuristic_is_never_worse_than_a_set_that_was_planted(size: int, forwards: int, backwards: int) -> None:
    found = component(planted(size, forwards, backwards, Random(size)))
    guessed = light_feedback_arcs(found)
    assert has_order(found, guessed)
    assert len(guessed) <= backwards


@pytest.mark.parametrize("seed", range(40))
def test_the_set_that_the_heuristic_finds_is_minimal(seed: int) -> None:
    random = Random(seed)
    fixed = [(2 * driver + 1, 2 * driver) for driver in range(15)]
    found = component(ring_with_chords(30, 90, random), fixed, random)
    chosen = light_feedback_arcs(found)
    assert has_order(found, chosen)
    for item in chosen:
        assert not has_order(found, set(chosen) - {item})


@pytest.mark.usefixtures("without_solver")
def test_the_heuristic_prefers_soft_dependencies() -> None:
    drivers = [f"{number:02}" for number in range(44)]
    edges = []
    for one, other in zip(drivers[::2], drivers[1::2], strict=True):
        edges += [needs(one, other), needs(other, one, Kind.AFTER)]
    chain = [needs(*pair) for pair in zip(drivers[1::2], [*drivers[2::2], drivers[0]], strict=True)]
    found = smallest(step_edges(*edges, *chain))
    assert not found.exact
    # One of the hard ones breaks the ring around all pairs and its own pair.
    assert [edge.kind for edge in found.edges].count(Kind.AFTER) == 21
    assert len(found.edges) == 22


def test_large_components_take_seconds() -> None:
    found = component(ring_with_chords(500, 2000, Random(3)))
    chosen = light_feedback_arcs(found)
    assert has_order(found, chosen)


def test_a_long_ladder_is_walked_in_linear_time() -> None:
    found = component([pair for n in range(3_000) for pair in ((n, n + 1), (n + 1, n))])
    assert len(light_feedback_arcs(found)) == 3_000


def test_the_same_component_always_has_the_same_answer() -> None:
    random = Random(5)
    edges = [needs(f"{one:02}", f"{other:02}") for one, other in ring_with_chords(20, 70, random)]
    first = smallest(step_edges(*edges))
    random.shuffle(edges)
    assert smallest(step_edges(*edges)) == first


def test_a_dependency_is_shown_by_its_first_edge() -> None:
    door = requires("door")
    found = step_edges(("a", "c", door), ("a", "b", door), needs("b", "a"), needs("c", "a"))
    assert [edge.needed.driver for edge in smallest(found).edges] == ["b"]


@pytest.mark.parametrize("seed", range(40))
def test_of_one_cycle_the_softest_dependency_is_taken_as_of_any_component(seed: int) -> None:
    random = Random(seed)
    size = random.randrange(2, 9)
    kinds = [random.choice((Kind.REQUIRES, Kind.WANTS, Kind.AFTER)) for _ in range(size)]
    facts = [random.choice((None, "wet")) for _ in range(size)]
    ring = [needs(f"d{n}", f"d{(n + 1) % size}", kinds[n], facts[n]) for n in range(size)]
    found = step_edges(*random.sample(ring, size))
    dependencies = Dependencies(found)
    items = dependencies.first
    needed = {f"d{n}": random.randrange(3) for n in range(size)}
    component = dependencies.component(exact_weights(items, needed.__getitem__))
    chosen = tuple(items[index] for index in lightest_feedback_arcs(component))
    equal = [tuple(items[index] for index in indices) for indices in equal_feedback_arcs(component, 1).sets]
    assert smallest(found, **needed) == FeedbackArcs(chosen, True, tuple(equal[1:3]), size, True)
    assert equal[0] == chosen


def test_of_equal_dependencies_the_one_of_the_driver_that_fewest_need_is_preferred() -> None:
    ring = step_edges(needs("a", "b"), needs("b", "c"), needs("c", "a"))
    assert removed(ring, a=2, b=1, c=1) == ["bc"]
    assert removed(ring, a=2, b=1) == ["ca"]


def test_condition_counts_before_the_number_of_dependents() -> None:
    assert removed(step_edges(needs("a", "b"), needs("b", "a", when="hot")), b=9) == ["ba"]


def test_dependencies_of_drivers_that_few_need_are_preferred_in_components_of_several_cycles() -> None:
    found = step_edges(needs("a", "b"), needs("b", "a"), needs("b", "c"), needs("c", "b"))
    assert removed(found) == ["ab", "bc"]
    assert removed(found, b=5) == ["ab", "cb"]
    assert removed(found, a=3, b=1, c=3) == ["ba", "bc"]


@pytest.mark.usefixtures("without_solver")
def test_the_heuristic_prefers_dependencies_of_drivers_that_few_need_too() -> None:
    drivers = [f"{number:02}" for number in range(50)]
    pairs = [needs(*pair) for one, other in pairwise(drivers) for pair in ((one, other), (other, one))]
    needed = {name: 50 - number for number, name in enumerate(drivers)}
    found = smallest(step_edges(*pairs), **needed)
    assert not found.exact
    assert names(found.edges) == [f"{other}{one}" for one, other in pairwise(drivers)]
    needed = dict(zip(drivers, range(50), strict=True))
    assert names(smallest(step_edges(*pairs), **needed).edges) == [f"{one}{other}" for one, other in pairwise(drivers)]


def test_of_two_drivers_that_need_each_other_both_dependencies_are_named() -> None:
    found = smallest(step_edges(needs("a", "b"), needs("b", "a", Kind.WANTS)))
    assert [names(edges) for edges in (found.edges, *found.others)] == [["ba"], ["ab"]]
    assert (found.equal_count, found.all_counted) == (2, True)


def test_of_many_equal_sets_a_few_are_named_and_all_are_counted() -> None:
    size = 200
    ring = step_edges(*(needs(f"{number:03}", f"{(number + 1) % size:03}") for number in range(size)))
    found = smallest(ring)
    assert [names(edges) for edges in (found.edges, *found.others)] == [["000001"], ["001002"], ["002003"]]
    assert (found.equal_count, found.all_counted) == (size, True)


def test_equal_sets_of_several_dependencies_are_counted_too() -> None:
    found = smallest(step_edges(needs("a", "b"), needs("b", "a"), needs("b", "c", Kind.AFTER), needs("c", "b")), b=1)
    assert [names(edges) for edges in (found.edges, *found.others)] == [["ab", "bc"], ["ba", "bc"], ["ab", "cb"]]
    assert (found.equal_count, found.all_counted) == (4, True)


def test_a_set_that_is_the_only_one_of_its_size_has_no_others() -> None:
    found = smallest(step_edges(needs("a", "b"), needs("b", "a"), needs("b", "c"), needs("c", "a")))
    assert (names(found.edges), found.others, found.equal_count, found.all_counted) == (["ab"], (), 1, True)


def test_very_many_equal_sets_are_not_counted_to_the_end() -> None:
    found = component(WORST["twenty pairs"])
    equal = equal_feedback_arcs(found, 20)
    assert (len(equal.sets), equal.complete) == (MAX_SETS_COUNTED, False)
    assert all(has_order(found, chosen) for chosen in equal.sets)


def test_nothing_is_counted_by_a_heuristic() -> None:
    drivers = [f"{number:02}" for number in range(50)]
    pairs = [needs(*pair) for one, other in pairwise(drivers) for pair in ((one, other), (other, one))]
    found = smallest(step_edges(*pairs))
    assert (found.others, found.equal_count, found.all_counted) == ((), 1, False)


@pytest.mark.parametrize("seed", range(20))
def test_every_set_of_the_smallest_size_is_found_once(seed: int) -> None:
    random = Random(seed)
    found = component(ring_with_chords(5, random.randrange(6, 14), random))
    size = len(lightest_feedback_arcs(found))
    expected = [chosen for chosen in combinations(range(len(found.edges)), size) if has_order(found, chosen)]
    equal = equal_feedback_arcs(found, size)
    assert equal.complete
    assert sorted(equal.sets) == expected


@pytest.mark.parametrize("case", WORST)
def test_counting_ends_in_the_worst_cases(case: str) -> None:
    found = component(WORST[case])
    chosen = lightest_feedback_arcs(found)
    equal = equal_feedback_arcs(found, len(chosen))
    assert all(has_order(found, others) for others in equal.sets)
