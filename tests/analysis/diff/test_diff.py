"""What changed between two graphs, and because of what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, Tier, after, conflicts, requires, wants
from tierdeps._util.frozen import replace
from tierdeps.analysis.diff import CauseKind, Difference, Sides, compare, take_snapshot
from tierdeps.model import Dependency, Step

NAMES = "abcdefg"
TIERS = (Tier("early"), Tier("late", after=("early",)))
Needs = frozenset[tuple[str, str]]


def driver(name: str, *needs: Dependency, tier: str | None = None, phases: tuple[str, ...] = ("start",)) -> Driver:
    return Driver(name, tier, phases, needs)


def graph(*drivers: Driver, tiers: tuple[Tier, ...] = (), **facts: bool) -> DependencyGraph:
    return DependencyGraph(drivers, tiers, facts=facts)


def difference(old: DependencyGraph, new: DependencyGraph) -> Difference:
    return compare(take_snapshot("old", old), take_snapshot("new", new))


def from_pairs(pairs: Needs) -> DependencyGraph:
    return graph(
        *(
            driver(name, *(requires(needed) for dependent, needed in sorted(pairs) if dependent == name))
            for name in NAMES
        )
    )


downwards = st.frozensets(st.sampled_from([(one, other) for one in NAMES for other in NAMES if other < one]))
any_way = st.frozensets(st.sampled_from([(one, other) for one in NAMES for other in NAMES if other != one]), max_size=9)


@given(any_way)
def test_nothing_differs_from_itself(pairs: Needs) -> None:
    assert not difference(from_pairs(pairs), from_pairs(pairs))


@given(any_way, any_way)
def test_what_is_new_one_way_round_is_gone_the_other(old: Needs, new: Needs) -> None:
    forth, back = difference(from_pairs(old), from_pairs(new)), difference(from_pairs(new), from_pairs(old))
    assert (forth.edges.new, forth.edges.gone) == (back.edges.gone, back.edges.new)
    assert [cycle.path for cycle in forth.cycles.new] == [cycle.path for cycle in back.cycles.gone]
    assert [move.driver for move in forth.moves] == [move.driver for move in back.moves]
    assert bool(forth) == (old != new)


@given(any_way, any_way)
def test_a_new_cycle_is_a_cycle_that_was_none_before(old: Needs, new: Needs) -> None:
    found = difference(from_pairs(old), from_pairs(new)).cycles.new
    for cycle in found:
        path = list(zip(cycle.path, cycle.path[1:], strict=False))
        assert set(path) <= new
        assert not set(path) <= old
        assert len(set(cycle.path[:-1])) == len(path)
    on_cycles = {member for cycle in from_pairs(new).cycles() for member in cycle.members}
    new_ones = [pair for pair in new - old if set(pair) <= on_cycles and _closes(pair, new)]
    assert bool(found) == bool(new_ones), "a new dependency on a cycle makes a new cycle, and nothing else does"


def _closes(pair: tuple[str, str], pairs: Needs) -> bool:
    reached, doubtful = set(), [pair[1]]
    while doubtful:
        name = doubtful.pop()
        if name not in reached:
            reached.add(name)
            doubtful.extend(needed for dependent, needed in pairs if dependent == name)
    return pair[0] in reached


@given(downwards, st.sampled_from([(one, other) for one in NAMES for other in NAMES if other < one]))
def test_one_dependency_more_or_less_is_what_moves_all_that_moves(pairs: Needs, pair: tuple[str, str]) -> None:
    without, having = from_pairs(pairs - {pair}), from_pairs(pairs | {pair})
    for changed, because in (
        (difference(without, having), CauseKind.NEW_DEPENDENCY),
        (difference(having, without), CauseKind.GONE_DEPENDENCY),
    ):
        for move in changed.moves:
            assert move.cause.kind is because
            assert move.cause.edge is not None
            assert (move.cause.edge.dependent.driver, move.cause.edge.needed.driver) == pair


@st.composite
def sites(draw: st.DrawFn) -> DependencyGraph:
    """Some of the drivers, in tiers or not, with needs of both kinds, sometimes under a fact."""
    drivers = []
    for name in sorted(draw(st.sets(st.sampled_from(NAMES), min_size=1))):
        targets = draw(st.sets(st.sampled_from(NAMES.replace(name, "")), max_size=2))
        needs = (wants(target, when=draw(st.sampled_from((None, None, "f")))) for target in sorted(targets))
        drivers.append(driver(name, *needs, tier=draw(st.sampled_from((None, None, "early", "late")))))
    return graph(*drivers, tiers=TIERS, f=draw(st.booleans()))


@given(sites(), sites())
def test_a_cause_is_on_the_side_where_it_belongs(old: DependencyGraph, new: DependencyGraph) -> None:
    def pairs(site: DependencyGraph) -> set[tuple[str, str]]:
        return {(edge.dependent.driver, edge.needed.driver) for edge in site.edges}

    changed = difference(old, new)
    names = dict(changed.drivers_renamed)
    old_pairs = {(names.get(one, one), names.get(other, other)) for one, other in pairs(old)}
    for cause in (move.cause for move in changed.moves):
        pair = (cause.edge.dependent.driver, cause.edge.needed.driver) if cause.edge is not None else None
        if cause.kind is CauseKind.NEW_DEPENDENCY:
            assert pair in pairs(new) - old_pairs
        elif cause.kind is CauseKind.GONE_DEPENDENCY:
            assert pair in old_pairs - pairs(new)
        elif cause.kind is CauseKind.FACT:
            assert old.declarations.facts != new.declarations.facts
        elif cause.kind is CauseKind.DRIVER:
            assert cause.name in {move.driver for move in changed.moves}
        else:
            assert cause.kind in (CauseKind.NAMED, CauseKind.CONDITION, CauseKind.UNKNOWN)


def test_a_driver_that_goes_to_a_later_tier_says_because_of_which_new_dependency() -> None:
    old = graph(driver("audio"), driver("clock", tier="late"), tiers=TIERS)
    new = graph(driver("audio", requires("clock")), driver("clock", tier="late"), tiers=TIERS)
    (move,) = difference(old, new).moves
    assert (move.driver, move.old.tier, move.new.tier) == ("audio", "early", "late")
    assert move.cause.kind is CauseKind.NEW_DEPENDENCY
    assert move.cause.edge == new.edges[0]


def test_who_comes_earlier_says_which_dependency_no_longer_holds_it_back() -> None:
    rest = (driver("b", requires("c")), driver("c"), driver("e"))
    (move,) = difference(graph(driver("a", requires("b")), *rest), graph(driver("a", requires("e")), *rest)).moves
    assert move.cause.kind is CauseKind.GONE_DEPENDENCY
    assert move.cause.edge is not None
    assert move.cause.edge.needed.driver == "b"


def test_who_follows_a_moved_driver_names_the_one_that_moved_first() -> None:
    rest = (driver("audio", requires("bus")), driver("bus", requires("clock")))
    old = graph(*rest, driver("clock", tier="early"), tiers=TIERS)
    new = graph(*rest, driver("clock", tier="late"), tiers=TIERS)
    audio, _, clock = difference(old, new).moves
    assert (audio.cause.kind, audio.cause.name) == (CauseKind.DRIVER, "clock")
    assert (clock.cause.kind, clock.cause.name) == (CauseKind.NAMED, "late")


def test_a_fact_that_holds_now_is_the_cause_and_not_the_dependency() -> None:
    drivers = (driver("a", requires("b", when="f")), driver("b"))
    changed = difference(graph(*drivers), graph(*drivers, f=True))
    (move,) = changed.moves
    assert (move.cause.kind, move.cause.name, move.cause.holds) == (CauseKind.FACT, "f", True)
    assert not changed.edges
    (back,) = difference(graph(*drivers, f=True), graph(*drivers)).moves
    assert (back.cause.kind, back.cause.holds) == (CauseKind.FACT, False)


def test_a_dependency_that_got_a_condition_is_changed_and_the_cause() -> None:
    old = graph(driver("a", requires("b")), driver("b"))
    new = graph(driver("a", requires("b", when="f")), driver("b"))
    changed = difference(old, new)
    assert [(pair.old.when, pair.new.when) for pair in changed.edges_changed] == [(None, "f")]
    assert not changed.edges
    assert [move.cause.kind for move in changed.moves] == [CauseKind.CONDITION]


def test_a_dependency_that_must_not_be_skipped_any_more_is_changed() -> None:
    old = graph(driver("a", requires("b")), driver("b"))
    new = graph(driver("a", requires("b", skipped="block")), driver("b"))
    changed = difference(old, new)
    assert [(str(pair.old.skipped), str(pair.new.skipped)) for pair in changed.edges_changed] == [("pass", "block")]
    assert not changed.edges
    assert not changed.moves


def test_drivers_that_come_to_share_a_stage_pull_others_along() -> None:
    phases = ("one", "two")
    top = driver("top", requires("b"))
    b = driver("b", requires("a:one"), phases=phases)
    old = graph(driver("a", phases=phases), b, top)
    new = graph(driver("a", requires("b:one", phase="two"), phases=phases), b, top)
    moves = difference(old, new).moves
    assert [move.driver for move in moves] == ["b", "top"]
    assert {move.cause.edge for move in moves} == {next(edge for edge in new.edges if edge.dependent.driver == "a")}


def test_a_shorter_cycle_does_not_make_a_longer_one_gone() -> None:
    longer = [driver("a", requires("b")), driver("b", requires("c")), driver("c", requires("a"))]
    both = [*longer[:1], driver("b", requires("c"), requires("a")), longer[2]]
    changed = difference(graph(*longer), graph(*both)).cycles
    assert [cycle.path for cycle in changed.new] == [("a", "b", "a")]
    assert not changed.gone


def test_a_cycle_added_to_a_component_is_found_behind_the_shortest_one() -> None:
    pair = [driver("a", requires("b")), driver("b", requires("a"))]
    more = [pair[0], driver("b", requires("a"), requires("c")), driver("c", requires("a"))]
    changed = difference(graph(*pair, driver("c")), graph(*more)).cycles
    assert [cycle.path for cycle in changed.new] == [("a", "b", "c", "a")]


def test_cycles_are_compared_with_all_facts_true() -> None:
    old = graph(driver("a", requires("b")), driver("b"))
    new = graph(driver("a", requires("b")), driver("b", requires("a", when="f")))
    changed = difference(old, new)
    assert [cycle.when for cycle in changed.cycles.new] == [("f",)]
    assert changed.ordered == (True, True)


def test_a_cycle_parted_by_the_order_of_phases_is_gone() -> None:
    def site(*phases: str) -> DependencyGraph:
        need = requires("b:start", phase="one")
        return graph(driver("a", need, phases=phases), driver("b", requires("a:two")))

    assert [cycle.path for cycle in difference(site("one", "two"), site("two", "one")).cycles.gone] == [("a", "b", "a")]


def test_a_renamed_driver_is_renamed_and_nothing_else() -> None:
    old = graph(driver("disk"), driver("network", requires("disk")), driver("web", requires("network")))
    new = graph(driver("disk"), driver("net", requires("disk")), driver("web", requires("net")))
    changed = difference(old, new)
    assert changed.drivers_renamed == (("network", "net"),)
    assert (changed.drivers, changed.edges, changed.moves) == (Sides(), Sides(), ())


def test_drivers_that_cannot_be_distinguished_are_not_called_renamed() -> None:
    old = graph(driver("disk"), driver("one", requires("disk")), driver("two", requires("disk")))
    new = graph(driver("disk"), driver("uno", requires("disk")), driver("due", requires("disk")))
    changed = difference(old, new)
    assert not changed.drivers_renamed
    assert (len(changed.drivers.new), len(changed.drivers.gone)) == (2, 2)
    lonely = difference(graph(driver("x")), graph(driver("y")))
    assert not lonely.drivers_renamed, "two bare names have nothing in common"


def test_a_renamed_tier_moves_nobody() -> None:
    def site(first: str) -> DependencyGraph:
        tiers = (Tier(first), Tier("late", after=(first,)))
        return graph(driver("a", tier=first), driver("b", tier="late"), tiers=tiers)

    changed = difference(site("early"), site("base"))
    assert changed.tiers_renamed == (("early", "base"),)
    assert (changed.tiers, changed.moves) == (Sides(), ())


def test_tiers_in_another_order_are_reported() -> None:
    def site(first: str, second: str) -> DependencyGraph:
        return graph(driver("a", tier="x"), driver("b", tier="y"), tiers=(Tier(first), Tier(second, after=(first,))))

    assert difference(site("x", "y"), site("y", "x")).tier_order == (("x", "y"), ("y", "x"))


def test_an_order_lost_to_an_inversion_is_reported() -> None:
    old = graph(driver("a", tier="early"), driver("b", tier="late"), tiers=TIERS)
    new = graph(driver("a", requires("b"), tier="early"), driver("b", tier="late"), tiers=TIERS)
    changed = difference(old, new)
    assert changed.ordered == (True, False)
    assert [edge.needed for edge in changed.inversions.new] == [Step("b", "start")]


def test_needs_that_lead_nowhere_and_conflicts_count_too() -> None:
    old = graph(driver("a"), driver("b"))
    new = graph(driver("a", wants("nobody"), conflicts("b")), driver("b"))
    changed = difference(old, new)
    assert [item.dependency.target for item in changed.unmet.new] == ["nobody"]
    assert [edge.kind for edge in changed.edges.new] == ["conflicts"]


def test_phases_and_disabled_drivers_are_compared() -> None:
    old = graph(driver("a"), driver("b"))
    new = DependencyGraph([driver("a", phases=("one", "two")), driver("b")], disabled=["b"])
    changed = difference(old, new)
    assert [altered.driver for altered in changed.drivers_changed] == ["a", "b"]


@pytest.mark.parametrize("verb", [requires, wants, after])
def test_neither_origins_nor_reasons_make_a_difference(verb: type) -> None:
    old = graph(driver("a", requires("b", reason="once")), driver("b"))
    new = graph(driver("a", requires("b", reason="again")), driver("b"))
    assert not difference(old, new)
    assert bool(difference(old, graph(driver("a", replace(verb("b"), reason="x")), driver("b")))) == (
        verb is not requires
    )
