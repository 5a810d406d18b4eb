"""Dependencies added to a roster mean what they mean when drivers are declared one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.frozen import replace
from tierdeps.graph import DependencyGraph
from tierdeps.graph.extended import ExtendedGraph
from tierdeps.model import Addition, Declarations, Dependency, Kind, Origin
from tierdeps.resolution.additions import add
from tierdeps.resolution.roster import Roster

NAMES = ("a", "b", "c", "d", "e")
FACTS = ("hot", "wet")
targets = st.sampled_from([*NAMES, "b:start", "c:stop", "nowhere"])
rosters = st.dictionaries(st.sampled_from(NAMES), st.lists(targets, max_size=3), min_size=1).map(Roster.of)
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


def both(roster: Roster, added: list[Addition], **changes: object) -> tuple[DependencyGraph, DependencyGraph]:
    """Return the graph of the extended roster, and that of the same drivers declared one by one."""
    plain = replace(Declarations(roster), **changes)
    declared = replace(plain, drivers=tuple(roster))
    return DependencyGraph.of(add(plain, added)), DependencyGraph.of(add(declared, added))


def agree(compact: DependencyGraph, declared: DependencyGraph) -> None:
    assert dict(compact.drivers) == dict(declared.drivers)
    assert [str(edge.origin) for edge in compact.edges] == [str(edge.origin) for edge in declared.edges]
    assert compact.edges == declared.edges
    for name in ("size", "repeated", "unknown_targets", "mentioned_facts", "facts", "unresolved", "inversions"):
        assert getattr(compact, name) == getattr(declared, name), name
    assert {fact: list(found) for fact, found in compact.conditional.items()} == {
        fact: list(found) for fact, found in declared.conditional.items()
    }
    assert sorted(compact.conflicts, key=lambda edge: edge.sort_key) == sorted(
        declared.conflicts, key=lambda edge: edge.sort_key
    )
    assert compact.cycles() == declared.cycles()
    assert {name: compact.dependents_of(name) for name in compact.drivers} == {
        name: declared.dependents_of(name) for name in declared.drivers
    }
    if not (declared.cycles() or declared.unresolved or declared.conflicts):
        assert compact.collapse().digest == declared.collapse().digest


@given(rosters, st.lists(additions(), max_size=5), st.dictionaries(st.sampled_from(FACTS), st.booleans()))
def test_an_extended_roster_is_the_same_graph(roster: Roster, added: list[Addition], facts: dict[str, bool]) -> None:
    agree(*both(roster, added, facts=facts, disabled=frozenset({"a"})))


@given(rosters, st.lists(additions(), max_size=5))
def test_so_is_its_worst_case(roster: Roster, added: list[Addition]) -> None:
    compact, declared = both(roster, added)
    agree(compact.worst_case({"wet": False}), declared.worst_case({"wet": False}))


@given(rosters, st.lists(additions(), max_size=3), st.lists(additions(), max_size=3))
def test_what_is_added_later_comes_behind(roster: Roster, first: list[Addition], later: list[Addition]) -> None:
    plain = Declarations(roster)
    assert list(add(add(plain, first), later).drivers) == list(add(plain, [*first, *later]).drivers)


def test_a_roster_stays_one_and_only_named_drivers_are_made() -> None:
    made: list[str] = []

    def origin(_number: int, name: str, _place: int | None) -> Origin:
        made.append(name)
        return Origin()

    roster = Roster.of({"a": ["b"], "b": [], "c": ["a"]}, origin)
    graph = DependencyGraph.of(add(Declarations(roster), [Addition("c", Dependency(Kind.WANTS, "b"))]))
    assert isinstance(graph, ExtendedGraph)
    assert [tier.stages for tier in graph.collapse().tiers] == [(("b",), ("a",), ("c",))]
    assert graph.unknown_targets == ()
    assert set(made) == {"b", "c"}  # not that of a: the dependent and what it wants
