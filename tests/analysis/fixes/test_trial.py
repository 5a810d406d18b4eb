"""Changes are tried on the graph: what they add is said, and only what adds nothing can be applied."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver, Tier, conflicts, requires, wants
from tierdeps.analysis.fixes.trial import Trials, ranked
from tierdeps.model import Change, Choose, Dependency, Disable, Drop, Fix, Move, Replace, Unorder

TIERS = (Tier("core"), Tier("app", after=("core",)))
GONE = "it is gone"


def needing(name: str, *dependencies: Dependency, tier: str | None = None, provides: tuple[str, ...] = ()) -> Driver:
    return Driver(name, tier, dependencies=dependencies, provides=provides)


def fix(change: Change, *drivers: Driver, tiers: tuple[Tier, ...] = (), choices: dict[str, str] | None = None) -> Fix:
    return Trials(DependencyGraph(drivers, tiers, choices=choices)).fix(change, "do it", GONE)


def refused(
    change: Change, *drivers: Driver, tiers: tuple[Tier, ...] = (), choices: dict[str, str] | None = None
) -> str:
    found = fix(change, *drivers, tiers=tiers, choices=choices)
    assert found.change is None
    return found.proof


def instead(name: str, old: Dependency, new: Dependency) -> Replace:
    return Replace(name, old, new)


def test_a_change_that_leaves_no_error_says_so() -> None:
    change = Drop("a", requires("nowhere"))
    assert fix(change, needing("a", requires("nowhere"))) == Fix(
        "do it", change, "verified: the whole graph then has a start order"
    )


def test_a_change_that_leaves_other_errors_says_only_what_it_removes() -> None:
    change = Drop("a", requires("nowhere"))
    found = fix(change, needing("a", requires("nowhere")), needing("b", requires("elsewhere")))
    assert (found.change, found.proof) == (change, "verified: it is gone, and no error is added")


def test_a_cycle_that_would_be_closed_is_named() -> None:
    change = instead("a", requires("x"), requires("c"))
    drivers = needing("a", requires("x")), needing("b", requires("a")), needing("c", requires("b"))
    assert refused(change, *drivers) == "tried, but not enough by itself: that creates the cycle a -> c -> b -> a"


def test_a_long_cycle_is_named_by_its_two_ends() -> None:
    chain = [needing(f"d{number:02}", *map(requires, [f"d{number - 1:02}"] if number else [])) for number in range(20)]
    change = instead("d00", requires("x"), requires("d19"))
    chain[0] = needing("d00", requires("x"))
    assert refused(change, *chain) == (
        "tried, but not enough by itself:"
        " that creates the cycle d00 -> d19 -> d18 -> d17 -> ... -> d03 -> d02 -> d01 -> d00"
    )


def test_another_cycle_within_a_component_is_reported_too() -> None:
    drivers = (
        needing("a", requires("b")),
        needing("b", requires("c")),
        needing("c", requires("a"), requires("x")),
    )
    change = instead("c", requires("x"), requires("b"))
    assert refused(change, *drivers) == "tried, but not enough by itself: that creates the cycle c -> b -> c"


def test_two_components_that_become_one_are_a_new_cycle() -> None:
    pairs = [needing(one, requires(other)) for one, other in ("ba", "cd", "dc")]
    first = needing("a", requires("b"), requires("x"))
    back = needing("c", requires("d"), requires("a"))
    change = instead("a", requires("x"), requires("c"))
    assert (
        refused(change, first, pairs[0], back, pairs[2])
        == "tried, but not enough by itself: that creates the cycle a -> c -> a"
    )


def test_an_inversion_that_would_be_made_is_named() -> None:
    drivers = needing("a", requires("x"), tier="core"), needing("b", tier="app")
    assert refused(instead("a", requires("x"), requires("b")), *drivers, tiers=TIERS) == (
        "tried, but not enough by itself: a of the tier core then needs b of the later tier app"
    )


def test_several_inversions_are_counted() -> None:
    users = [needing(name, requires("late"), tier="core") for name in "abc"]
    assert refused(Move("late", "app"), *users, needing("late", tier="core"), tiers=TIERS) == (
        "tried, but not enough by itself: a of the tier core then needs late of the later tier app (and 2 more like it)"
    )


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("nowhere", "a then requires 'nowhere', which no other driver is or provides"),
        ("door", "then no provider is chosen for 'door', which a requires"),
        ("a", "a then needs itself"),
        ("p:begin", "p has no phase 'begin'"),
    ],
)
def test_a_target_that_cannot_be_resolved_is_named(target: str, expected: str) -> None:
    drivers = needing("a", requires("x")), needing("p", provides=("door",)), needing("q", provides=("door",))
    assert (
        refused(instead("a", requires("x"), requires(target)), *drivers)
        == f"tried, but not enough by itself: {expected}"
    )


def test_a_conflict_that_would_be_made_is_named() -> None:
    change = instead("a", conflicts("b:begin"), conflicts("b"))
    assert (
        refused(change, needing("a", conflicts("b:begin")), needing("b"))
        == "tried, but not enough by itself: a and b then conflict"
    )


def test_a_tier_that_nobody_declares_is_named() -> None:
    assert refused(Move("a", "ghost"), needing("a", tier="core"), tiers=TIERS) == (
        "tried, but not enough by itself: a is then in a tier that is not declared"
    )


def test_every_kind_of_added_error_is_named() -> None:
    drivers = needing("a", requires("x"), tier="core"), needing("b", requires("a"), tier="app")
    assert refused(instead("a", requires("x"), requires("b")), *drivers, tiers=TIERS) == (
        "tried, but not enough by itself: that creates the cycle a -> b -> a;"
        " a of the tier core then needs b of the later tier app"
    )


def test_another_need_that_stays_ambiguous_is_not_the_fault_of_a_choice() -> None:
    drivers = (
        needing("a", requires("door")),
        *(needing(name, wants("door"), provides=("door",)) for name in "pqr"),
    )
    assert fix(Choose("door", "p"), *drivers[:3], needing("r", provides=("door",)), choices={"door": "ghost"}).change


def test_a_change_is_tried_once() -> None:
    trials = Trials(DependencyGraph((needing("a"),)))
    assert trials.of(Disable("a")) is trials.of(Disable("a"))


def test_in_a_graph_that_is_too_large_nothing_is_verified() -> None:
    names = {f"d{number}": [f"d{number + 1}"] for number in range(150_000)}
    trials = Trials(DependencyGraph.from_names(names))
    change = Drop("d149999", requires("d150000"))
    assert trials.of(change) is None
    assert trials.fix(change, "do it", GONE) == Fix(
        "do it", None, "not verified: the graph is too large to try each change"
    )


def test_after_the_last_trial_only_what_was_tried_is_claimed() -> None:
    trials = Trials(DependencyGraph((needing("a", requires("x")), needing("b"))), max_resolved=5)
    tried, other = Drop("a", requires("x")), Disable("b")
    assert trials.fix(tried, "do it", GONE).change == tried
    assert trials.fix(other, "do it", GONE).proof == "not verified: the graph is too large to try each change"
    assert trials.fix(tried, "do it", GONE).change == tried


def test_fixes_that_can_be_applied_come_first() -> None:
    some, none, other = Fix("some", Disable("a")), Fix("none"), Fix("other", Disable("b"))
    assert ranked([none, some, other]) == [some, other, none]


def test_an_order_of_tiers_is_removed_with_all_that_declare_it() -> None:
    tiers = (Tier("a", after=("b",)), Tier("b", before=("a",)), Tier("b", after=("a", "c")), Tier("c"))
    graph = DependencyGraph((), tiers)
    assert Unorder("b", "a").apply(graph.declarations).tiers == (
        Tier("a"),
        Tier("b"),
        Tier("b", after=("a", "c")),
        Tier("c"),
    )
