"""Changes to declarations, as data."""

from __future__ import annotations

from tierdeps._util.frozen import replace
from tierdeps.model import (
    Choose,
    Declarations,
    Deduplicate,
    Disable,
    Driver,
    Drop,
    Enable,
    Move,
    Replace,
    Tier,
    Unorder,
    after,
    requires,
)

FOUND = Declarations((Driver("a", "core", dependencies=(requires("b"), after("c"))), Driver("b", "core")))


def changed(found: Declarations) -> dict[str, tuple[str | None, list[str]]]:
    return {
        driver.name: (driver.tier, [f"{item.kind} {item.target}" for item in driver.dependencies])
        for driver in found.drivers
    }


def test_drop_removes_one_dependency() -> None:
    found = Drop("a", requires("b")).apply(FOUND)
    assert changed(found) == {"a": ("core", ["after c"]), "b": ("core", [])}


def test_drop_leaves_other_drivers_alone() -> None:
    assert Drop("b", requires("b")).apply(FOUND) == FOUND


def test_deduplicate_keeps_the_first_of_the_same_and_all_others() -> None:
    again = Driver("a", dependencies=(after("c"), requires("b"), after("c"), requires("b"), requires("b", reason="x")))
    found = Deduplicate("a", requires("b")).apply(Declarations((again,)))
    assert changed(found)["a"] == (None, ["after c", "requires b", "after c", "requires b"])
    assert found.drivers[0].dependencies[1].origin == again.dependencies[1].origin
    assert Deduplicate("a", after("c")).apply(FOUND) == FOUND


def test_replace_puts_another_in_its_place() -> None:
    found = Replace("a", requires("b"), requires("d")).apply(FOUND)
    assert changed(found)["a"] == ("core", ["requires d", "after c"])


def test_choose_settles_a_capability_and_keeps_other_choices() -> None:
    chosen = Choose("gate", "c").apply(Choose("door", "b").apply(FOUND))
    assert dict(chosen.choices) == {"door": "b", "gate": "c"}


def test_move_declares_another_tier() -> None:
    assert changed(Move("a", "app").apply(FOUND)) == {"a": ("app", ["requires b", "after c"]), "b": ("core", [])}


def test_each_change_has_a_name() -> None:
    changes = (Drop("a", requires("b")), Replace("a", requires("b"), after("b")), Choose("x", "a"), Move("a", "t"))
    assert [change.action for change in changes] == ["drop", "replace", "choose", "move"]


def test_a_driver_is_disabled_and_enabled_and_others_stay_as_they_are() -> None:
    found = Disable("a").apply(replace(FOUND, disabled=frozenset({"b"})))
    assert found.disabled == {"a", "b"}
    assert Enable("b").apply(found).disabled == {"a"}
    assert Enable("a").apply(FOUND) == FOUND


def test_an_order_of_tiers_goes_from_whoever_declares_it() -> None:
    tiers = (Tier("one", before=("two", "three")), Tier("two", after=("one",)), Tier("three", after=("two",)))
    found = Unorder("one", "two").apply(Declarations(tiers=tiers))
    assert found.tiers == (Tier("one", before=("three",)), Tier("two"), Tier("three", after=("two",)))
