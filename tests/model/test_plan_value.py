"""The plan as a value: its order, and its digest."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver, Plan, Tier, after, requires, wants
from tierdeps._util.frozen import replace
from tierdeps.model import Origin, Step

TIERS = (Tier("core"), Tier("app", after=("core",)))
DRIVERS = (
    Driver("a", "core", phases=("initialize", "autostart")),
    Driver("b", "core", dependencies=(requires("a", when="hot"),)),
    Driver("c", "app", dependencies=(wants("b"),)),
)


def plan(*drivers: Driver, tiers: tuple[Tier, ...] = TIERS, hot: bool = True) -> Plan:
    return DependencyGraph(drivers or DRIVERS, tiers, facts={"hot": hot}).collapse()


def test_a_plan_is_walked_in_its_order() -> None:
    assert [driver.name for driver in plan()] == ["a", "b", "c"]
    assert plan().tiers[0].drivers == ("a", "b")


def test_a_planned_driver_lists_its_steps() -> None:
    assert plan().drivers["a"].steps == (Step("a", "initialize"), Step("a", "autostart"))


def test_the_digest_does_not_depend_on_origins_and_facts_that_order_nothing() -> None:
    moved = [replace(driver, origin=Origin("elsewhere.py", 99), description="words") for driver in DRIVERS]
    other = [replace(driver, dependencies=(*driver.dependencies, after("nowhere", when="wet"))) for driver in moved]
    assert plan(*moved).digest == plan(*other).digest == plan().digest
    assert plan().digest.startswith("sha256:")
    assert len(plan().digest) == 71


@pytest.mark.parametrize(
    "changed",
    [
        plan(hot=False),
        plan(replace(DRIVERS[0], name="A"), replace(DRIVERS[1], dependencies=()), DRIVERS[2]),
        plan(replace(DRIVERS[0], phases=("initialize", "run")), *DRIVERS[1:]),
        plan(*DRIVERS[:2], replace(DRIVERS[2], tier="core")),
        plan(*DRIVERS[:2], replace(DRIVERS[2], dependencies=(requires("b"),))),
        plan(*DRIVERS[:2], replace(DRIVERS[2], dependencies=(wants("a"),))),
        plan(*DRIVERS[:2], replace(DRIVERS[2], dependencies=(wants("a:initialize"),))),
        plan(*DRIVERS, Driver("d", "app")),
    ],
)
def test_the_digest_depends_on_names_tiers_stages_phases_and_dependencies(changed: Plan) -> None:
    assert changed.digest != plan().digest


def test_a_tier_without_drivers_is_nothing_to_the_digest() -> None:
    assert plan(tiers=(*TIERS, Tier("base", before=("core",)))).digest == plan().digest


def test_a_plan_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        plan().drivers["a"] = plan().drivers["b"]  # type: ignore[index]
    with pytest.raises(TypeError):
        plan().facts["hot"] = False  # type: ignore[index]
