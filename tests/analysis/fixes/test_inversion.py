"""Fixes of inversions: judged by what they change, whatever else is wrong."""

from __future__ import annotations

import re

from tierdeps import DependencyGraph, Driver, Tier, conflicts, requires
from tierdeps.analysis.fixes.inversion import InversionFixes
from tierdeps.model import Change, Choose, Dependency, Drop, Fix, Move

TIERS = (Tier("core"), Tier("app", after=("core",)))
THREE = (*TIERS, Tier("late", after=("app",)))
NO_ERROR = "verified: the inversion is gone, and no error is added"


def needing(name: str, *dependencies: Dependency, tier: str | None = None, provides: tuple[str, ...] = ()) -> Driver:
    return Driver(name, tier, dependencies=dependencies, provides=provides)


def of_inversion(graph: DependencyGraph) -> tuple[Fix, ...]:
    (edge,) = graph.inversions
    return InversionFixes(graph).of(edge)


def told(fix: Fix) -> str:
    """Return what a fix says, without the line of this file that declares what it is about."""
    return re.sub(r" \(tests/analysis/fixes/test_inversion\.py:\d+\)", "", fix.summary)


def moves(*drivers: Driver, tiers: tuple[Tier, ...] = TIERS, choices: dict[str, str] | None = None) -> list[list[str]]:
    """Return the moves that each inversion is offered, with what was verified."""
    graph = DependencyGraph(drivers, tiers, choices=choices)
    fixes = InversionFixes(graph)
    offered = (fixes.of(edge) for edge in graph.inversions)
    return [[f"{told(fix)}: {fix.proof}" for fix in found if isinstance(fix.change, Move)] for found in offered]


INVERTED = needing("a", requires("b"), tier="core"), needing("b", tier="app")
BOTH = [
    "move a from the tier core to app: verified: the inversion is gone, and no error is added",
    "move b from the tier app to core: verified: the inversion is gone, and no error is added",
]


def test_of_an_inversion_either_driver_can_move_where_all_then_have_an_order() -> None:
    graph = DependencyGraph((needing("a", requires("b"), tier="core"), needing("b", tier="app")), TIERS)
    fixes = of_inversion(graph)
    expected: list[Change] = [Move("a", "app"), Move("b", "core"), Drop("a", requires("b"))]
    assert [fix.change for fix in fixes] == expected
    assert fixes[0].summary == "move a from the tier core to app"
    assert fixes[0].proof == "verified: the whole graph then has a start order"
    assert fixes[2].proof == "verified: the inversion is gone"


def test_a_move_that_inverts_something_else_is_not_offered() -> None:
    graph = DependencyGraph(
        (
            needing("a", requires("b"), tier="core"),
            needing("b", tier="app"),
            needing("c", requires("a"), tier="core"),
        ),
        TIERS,
    )
    expected: list[Change] = [Move("b", "core"), Drop("a", requires("b"))]
    assert [fix.change for fix in of_inversion(graph)] == expected


def test_a_missing_driver_elsewhere_hides_no_move() -> None:
    assert moves(*INVERTED, needing("c", requires("nowhere"))) == [BOTH]


def test_a_cycle_elsewhere_hides_no_move() -> None:
    assert moves(*INVERTED, needing("c", requires("d")), needing("d", requires("c"))) == [BOTH]


def test_a_conflict_an_ambiguity_or_a_second_driver_elsewhere_hides_no_move() -> None:
    assert moves(*INVERTED, needing("c", conflicts("d")), needing("d")) == [BOTH]
    providers = needing("p", provides=("x",)), needing("q", provides=("x",))
    assert moves(*INVERTED, needing("c", requires("x")), *providers) == [BOTH]
    assert moves(*INVERTED, needing("c"), needing("c")) == [BOTH]


def test_an_unknown_tier_elsewhere_hides_no_move() -> None:
    assert moves(*INVERTED, needing("c", tier="ghost")) == [BOTH]


def test_an_inversion_elsewhere_hides_no_move() -> None:
    other = needing("c", requires("d"), tier="core"), needing("d", tier="app")
    of_it = [f"move c from the tier core to app: {NO_ERROR}", f"move d from the tier app to core: {NO_ERROR}"]
    assert moves(*INVERTED, *other) == [BOTH, of_it]


def test_a_cycle_through_the_same_two_drivers_hides_no_move() -> None:
    assert moves(needing("a", requires("b"), tier="core"), needing("b", requires("a"), tier="app")) == [BOTH]


def test_a_move_that_removes_more_inversions_comes_first_and_says_so() -> None:
    users = needing("x", requires("b"), tier="core"), needing("y", requires("b"), tier="core")
    first, *_ = moves(*INVERTED, *users)
    assert first == ["move b from the tier app to core: verified: the whole graph then has a start order", f"{BOTH[0]}"]
    first, *_ = moves(*INVERTED, *users, needing("z", requires("nowhere")))
    assert first[0] == (
        "move b from the tier app to core: verified: the inversion is gone and 2 others with it, and no error is added"
    )


def test_an_untiered_driver_that_moves_along_is_examined_too() -> None:
    drivers = (
        *INVERTED,
        needing("follower", requires("a")),
        needing("user", requires("follower"), tier="core"),
    )
    assert moves(*drivers) == [["move b from the tier app to core: verified: the whole graph then has a start order"]]


def test_a_driver_that_needs_something_later_itself_is_not_moved_before_it() -> None:
    drivers = (
        needing("a", requires("b"), tier="core"),
        needing("b", requires("c"), tier="app"),
        needing("c", tier="app"),
    )
    assert moves(*drivers) == [["move a from the tier core to app: verified: the whole graph then has a start order"]]


def test_a_move_to_a_tier_in_the_middle_is_tried_against_all_three() -> None:
    drivers = (
        needing("a", requires("b"), tier="core"),
        needing("b", requires("c"), tier="late"),
        needing("c", tier="app"),
    )
    assert moves(*drivers, tiers=THREE) == [
        ["move a from the tier core to late: verified: the whole graph then has a start order"]
    ]


def test_a_choice_that_removes_an_inversion_but_closes_a_cycle_is_not_offered() -> None:
    drivers = (
        needing("storage", requires("door"), tier="core"),
        needing("qemu", tier="app", provides=("door",)),
        needing("config", requires("storage"), tier="core", provides=("door",)),
        needing("secret", tier="core", provides=("door",)),
    )
    fixes = of_inversion(DependencyGraph(drivers, TIERS, choices={"door": "qemu"}))
    assert [fix.change for fix in fixes if isinstance(fix.change, Choose)] == [Choose("door", "secret")]


def test_a_provider_of_an_earlier_tier_fixes_an_inversion() -> None:
    graph = DependencyGraph(
        (
            needing("storage", requires("qemu"), tier="core"),
            needing("qemu", requires("storage"), tier="app", provides=("secret-lookup",)),
            needing("secret", tier="core", provides=("secret-lookup",)),
        ),
        TIERS,
    )
    fix = of_inversion(graph)[0]
    assert told(fix) == "let storage depend on secret instead of qemu: it provides secret-lookup too"
    assert fix.proof == "verified: the inversion is gone"
