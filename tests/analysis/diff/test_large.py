"""Large graphs, whose edges are made when they are looked up, are compared as small ones, in linear time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, requires
from tierdeps.analysis.diff import CauseKind, Difference, compare, take_snapshot
from tierdeps.formats import View
from tierdeps.formats.diff import json as diff_json
from tierdeps.formats.diff import text as diff_text
from tierdeps.graph.bulk.drivers import BulkDrivers
from tierdeps.model import Declarations, Dependency, Kind, Origin

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f", "b:start", "x y"])
TABLES = st.dictionaries(NAMES, st.lists(NAMES, max_size=4), max_size=8)
#: So many drivers that an algorithm of quadratic time would not end.
MANY = 10_000


def declared(table: dict[str, list[str]]) -> DependencyGraph:
    drivers = (
        Driver(
            name,
            dependencies=tuple(Dependency(Kind.REQUIRES, target, origin=Origin()) for target in targets),
            origin=Origin(),
        )
        for name, targets in table.items()
    )
    return DependencyGraph(drivers)


def difference(old: DependencyGraph, new: DependencyGraph) -> Difference:
    return compare(take_snapshot("old", old), take_snapshot("new", new))


def told(found: Difference) -> list[str]:
    return [*diff_json.render(found, View()), *diff_text.render(found, View(limit=None))]


@given(TABLES, TABLES, st.sets(NAMES, max_size=2))
def test_names_differ_as_declared_drivers_do(
    old: dict[str, list[str]], new: dict[str, list[str]], disabled: set[str]
) -> None:
    bulk = (DependencyGraph.of(Declarations(BulkDrivers.of(it), disabled=frozenset(disabled))) for it in (old, new))
    plain = (
        DependencyGraph.of(Declarations(tuple(declared(it).drivers.values()), disabled=frozenset(disabled)))
        for it in (old, new)
    )
    assert told(difference(*bulk)) == told(difference(*plain))


@given(TABLES, TABLES)
def test_names_are_compared_with_declared_drivers(old: dict[str, list[str]], new: dict[str, list[str]]) -> None:
    mixed = difference(DependencyGraph.from_names(old), declared(new))
    assert told(mixed) == told(difference(declared(old), declared(new)))


@given(TABLES, NAMES)
def test_a_renamed_driver_is_found_among_names_too(table: dict[str, list[str]], name: str) -> None:
    def renamed(it: str) -> str:
        return "other" if it == name else it

    new = {renamed(it): list(map(renamed, targets)) for it, targets in table.items()}
    bulk = difference(DependencyGraph.from_names(table), DependencyGraph.from_names(new))
    assert told(bulk) == told(difference(declared(table), declared(new)))


def test_only_the_edges_of_drivers_that_differ_are_made() -> None:
    made: list[str] = []

    def origin(_index: int, name: str) -> Origin:
        made.append(name)
        return Origin()

    table: dict[str, list[str]] = {f"d{number:03}": ["base"] if number else [] for number in range(100)} | {"base": []}
    changed = table | {"d099": ["d000"]}
    graphs = (DependencyGraph.of(Declarations(BulkDrivers.of(it, origin))) for it in (table, changed))
    found = difference(*graphs)
    assert [edge.needed.driver for edge in (*found.edges.new, *found.edges.gone)] == ["d000", "base"]
    assert set(made) == {"base", "d099"}  # the origin of the first driver says where all are from


def test_a_chain_that_moved_as_a_whole_has_one_cause() -> None:
    names = [f"d{number:05}" for number in range(MANY)]
    table = {name: names[number - 1 : number] if number else [] for number, name in enumerate(names)} | {"first": []}
    old, new = (DependencyGraph.from_names({**table, names[0]: needs}) for needs in ([], ["first"]))
    found = difference(old, new)
    assert len(found.moves) == MANY
    assert {move.cause for move in found.moves} == {found.moves[0].cause}
    assert found.moves[0].cause.kind is CauseKind.NEW_DEPENDENCY


def test_many_cycles_on_both_sides_are_no_difference() -> None:
    pairs = [
        Driver(f"{one}{number}", dependencies=(requires(f"{other}{number}"),))
        for number in range(MANY // 10)
        for one, other in ("ab", "ba")
    ]
    assert not difference(DependencyGraph(pairs), DependencyGraph(pairs))
