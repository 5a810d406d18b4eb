"""Each driver belongs to one tier."""

from __future__ import annotations

from tierdeps import DependencyGraph, Driver, Tier, after, before, requires

TIERS = (Tier("core"), Tier("middle", after=("core",)), Tier("app", after=("middle",)))


def tiers_of(*drivers: Driver, tiers: tuple[Tier, ...] = TIERS) -> dict[str, str]:
    graph = DependencyGraph(drivers, tiers)
    return {name: graph.membership[name] for name in graph.drivers}


def test_a_driver_belongs_to_the_tier_that_it_names() -> None:
    assert tiers_of(Driver("a", "app"), Driver("b", "core")) == {"a": "app", "b": "core"}


def test_an_untiered_driver_belongs_to_the_latest_tier_among_what_it_needs() -> None:
    found = tiers_of(
        Driver("c", "core"), Driver("m", "middle"), Driver("x", dependencies=(requires("c"), requires("m")))
    )
    assert found["x"] == "middle"


def test_an_untiered_driver_that_needs_nothing_belongs_to_the_first_tier() -> None:
    assert tiers_of(Driver("x"), Driver("a", "app", dependencies=(requires("x"),)))["x"] == "core"


def test_tiers_are_inferred_through_untiered_drivers() -> None:
    found = tiers_of(
        Driver("a", "app"), Driver("x", dependencies=(requires("a"),)), Driver("y", dependencies=(after("x"),))
    )
    assert (found["x"], found["y"]) == ("app", "app")


def test_a_driver_that_comes_before_one_of_a_tier_does_not_get_its_tier() -> None:
    found = tiers_of(Driver("a", "app"), Driver("x", dependencies=(before("a"),)))
    assert found["x"] == "core"


def test_a_driver_that_comes_after_one_by_before_gets_its_tier() -> None:
    found = tiers_of(Driver("a", "app", dependencies=(before("x"),)), Driver("x"))
    assert found["x"] == "app"


def test_drivers_in_a_cycle_share_the_latest_tier_that_one_of_them_needs() -> None:
    found = tiers_of(
        Driver("m", "middle"),
        Driver("x", dependencies=(requires("y"),)),
        Driver("y", dependencies=(requires("x"), requires("m"))),
    )
    assert (found["x"], found["y"]) == ("middle", "middle")


def test_a_cycle_through_a_driver_with_a_tier_gives_each_what_it_needs_itself() -> None:
    found = tiers_of(
        Driver("a", "app", dependencies=(requires("y"),)),
        Driver("c", "core", dependencies=(requires("a"),)),
        Driver("y", dependencies=(requires("c"),)),
    )
    assert found["y"] == "core"


def test_without_tiers_all_belong_to_one() -> None:
    assert tiers_of(Driver("x"), Driver("y"), tiers=()) == {"x": "default", "y": "default"}


def test_a_driver_of_an_unknown_tier_is_placed_like_an_untiered_one() -> None:
    graph = DependencyGraph((Driver("a", "app"), Driver("x", "ghost", dependencies=(requires("a"),))), TIERS)
    assert graph.membership.unknown == ("x",)
    assert graph.membership["x"] == "app"


def test_the_driver_that_a_tier_is_inferred_from_is_known() -> None:
    graph = DependencyGraph(
        (
            Driver("a", "app"),
            Driver("c", "core"),
            Driver("x", dependencies=(requires("c"), requires("a"))),
            Driver("y", dependencies=(requires("c"),)),
        ),
        TIERS,
    )
    assert graph.membership.inferred_from("x") == "a"
    assert graph.membership.inferred_from("y") is None
    assert graph.membership.inferred_from("a") is None


def moved(*drivers: Driver, driver: str, tier: str) -> dict[str, str]:
    membership = DependencyGraph(drivers, TIERS).membership
    return {name: membership.tiers[rank] for name, rank in membership.ranks_if_moved(driver, tier).items()}


def test_a_driver_of_a_tier_moves_alone() -> None:
    assert moved(Driver("a", "core"), Driver("b", "app", dependencies=(requires("a"),)), driver="a", tier="middle") == {
        "a": "middle"
    }


def test_untiered_drivers_move_with_what_they_need() -> None:
    drivers = (
        Driver("a", "app"),
        Driver("x", dependencies=(requires("a"),)),
        Driver("y", dependencies=(requires("x"), requires("m"))),
        Driver("m", "middle"),
    )
    assert moved(*drivers, driver="a", tier="core") == {"a": "core", "x": "core", "y": "middle"}


def test_drivers_that_need_each_other_move_down_together() -> None:
    drivers = (
        Driver("a", "app"),
        Driver("x", dependencies=(requires("a"), requires("y"))),
        Driver("y", dependencies=(requires("x"),)),
    )
    assert moved(*drivers, driver="a", tier="core") == {"a": "core", "x": "core", "y": "core"}


def test_an_untiered_driver_moves_those_that_need_it() -> None:
    drivers = (
        Driver("a", "app"),
        Driver("x", dependencies=(requires("a"), requires("y"))),
        Driver("y", dependencies=(requires("x"),)),
    )
    assert moved(*drivers, driver="x", tier="middle") == {"x": "middle", "y": "middle"}


def test_a_move_to_where_a_driver_is_moves_nothing() -> None:
    assert moved(Driver("a", "app"), Driver("x", dependencies=(requires("a"),)), driver="x", tier="app") == {}
