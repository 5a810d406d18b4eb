"""Dependencies added to bulk drivers mean what they mean for drivers that are declared one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.frozen import replace
from tierdeps.graph import DependencyGraph
from tierdeps.graph.additions import add_dependencies
from tierdeps.graph.bulk.drivers import BulkDrivers
from tierdeps.graph.bulk.graph import ExtendedBulkGraph
from tierdeps.lock import Lock, dump
from tierdeps.model import Addition, Declarations, Dependency, Kind, Origin

NAMES = ("a", "b", "c", "d", "e")
FACTS = ("hot", "wet")
targets = st.sampled_from([*NAMES, "b:start", "c:stop", "nowhere"])
many_drivers = st.dictionaries(st.sampled_from(NAMES), st.lists(targets, max_size=3), min_size=1).map(BulkDrivers.of)
lines = st.integers(1, 9)


@st.composite
def additions(draw: st.DrawFn) -> Addition:
    dependency = Dependency(
        draw(st.sampled_from(Kind)),
        draw(targets),
        draw(st.sampled_from([None, None, "start", "run"])),
        draw(st.sampled_from([None, None, *FACTS])),
        origin=Origin("tierdeps.toml", draw(lines)),
        optional=draw(st.booleans()),
    )
    return Addition(draw(st.sampled_from([*NAMES, "nobody"])), dependency)


def both(drivers: BulkDrivers, added: list[Addition], **changes: object) -> tuple[DependencyGraph, DependencyGraph]:
    """Return the graph of the extended bulk drivers, and that of the same drivers declared one by one."""
    plain = replace(Declarations(drivers), **changes)
    declared = replace(plain, drivers=tuple(drivers))
    return DependencyGraph.of(add_dependencies(plain, added)), DependencyGraph.of(add_dependencies(declared, added))


def agree(bulk: DependencyGraph, declared: DependencyGraph) -> None:
    assert dict(bulk.drivers) == dict(declared.drivers)
    assert [str(edge.origin) for edge in bulk.edges] == [str(edge.origin) for edge in declared.edges]
    assert bulk.edges == declared.edges
    assert bulk.edge_count == len(bulk.edges)
    for name in (
        "dependency_count",
        "repeated",
        "unknown_targets",
        "mentioned_facts",
        "facts",
        "unresolved",
        "inversions",
    ):
        assert getattr(bulk, name) == getattr(declared, name), name
    assert {fact: list(found) for fact, found in bulk.conditional.items()} == {
        fact: list(found) for fact, found in declared.conditional.items()
    }
    assert sorted(bulk.conflicts, key=lambda edge: edge.sort_key) == sorted(
        declared.conflicts, key=lambda edge: edge.sort_key
    )
    assert bulk.cycles() == declared.cycles()
    assert {name: bulk.dependent_count(name) for name in bulk.drivers} == {
        name: declared.dependent_count(name) for name in declared.drivers
    }
    if not (declared.cycles() or declared.unresolved or declared.conflicts):
        assert bulk.collapse().digest == declared.collapse().digest
        assert dump(Lock.of(bulk)) == dump(Lock.of(declared))


@given(many_drivers, st.lists(additions(), max_size=5), st.dictionaries(st.sampled_from(FACTS), st.booleans()))
def test_extended_bulk_drivers_make_the_same_graph(
    drivers: BulkDrivers, added: list[Addition], facts: dict[str, bool]
) -> None:
    agree(*both(drivers, added, facts=facts, disabled=frozenset({"a"})))


@given(many_drivers, st.lists(additions(), max_size=5))
def test_so_does_the_graph_with_all_facts(drivers: BulkDrivers, added: list[Addition]) -> None:
    bulk, declared = both(drivers, added)
    agree(bulk.with_all_facts({"wet": False}), declared.with_all_facts({"wet": False}))


@given(many_drivers, st.lists(additions(), max_size=3), st.lists(additions(), max_size=3))
def test_later_additions_come_after_earlier_ones(
    drivers: BulkDrivers, first: list[Addition], later: list[Addition]
) -> None:
    plain = Declarations(drivers)
    assert list(add_dependencies(add_dependencies(plain, first), later).drivers) == list(
        add_dependencies(plain, [*first, *later]).drivers
    )


def test_only_the_drivers_that_are_named_are_made() -> None:
    made: list[str] = []

    def origin(_number: int, name: str) -> Origin:
        made.append(name)
        return Origin()

    drivers = BulkDrivers.of({"a": ["b"], "b": [], "c": ["a"]}, origin)
    graph = DependencyGraph.of(add_dependencies(Declarations(drivers), [Addition("c", Dependency(Kind.WANTS, "b"))]))
    assert isinstance(graph, ExtendedBulkGraph)
    assert [tier.stages for tier in graph.collapse().tiers] == [(("b",), ("a",), ("c",))]
    assert graph.unknown_targets == ()
    assert set(made) == {"b", "c"}  # not that of a: the dependent and what it wants
