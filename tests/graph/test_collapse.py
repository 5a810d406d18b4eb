"""The graph collapses into tiers of stages, or raises with the reasons why it does not."""

from __future__ import annotations

import pytest

from tierdeps import (
    CycleError,
    DependencyGraph,
    Driver,
    GraphError,
    Plan,
    Tier,
    after,
    before,
    conflicts,
    requires,
    wants,
)
from tierdeps.model import Dependency, Kind, Step, Wait

TWO = ("initialize", "autostart")
TIERS = (Tier("core"), Tier("app", after=("core",)))


def plan(*drivers: Driver, tiers: tuple[Tier, ...] = (), **facts: bool) -> Plan:
    return DependencyGraph(drivers, tiers, facts=facts).collapse()


def refused(*drivers: Driver, tiers: tuple[Tier, ...] = ()) -> GraphError:
    with pytest.raises(GraphError) as caught:
        plan(*drivers, tiers=tiers)
    assert not isinstance(caught.value, CycleError)
    return caught.value


def needing(name: str, *dependencies: Dependency, tier: str | None = None) -> Driver:
    return Driver(name, tier, dependencies=dependencies)


def test_stages_are_generations() -> None:
    found = plan(needing("d", requires("b"), requires("c")), needing("b", requires("a")), needing("c"), Driver("a"))
    assert found.tiers[0].stages == (("a", "c"), ("b",), ("d",))
    assert [driver.name for driver in found] == ["a", "c", "b", "d"]


def test_stages_count_from_one_within_their_tier() -> None:
    found = plan(
        needing("a", tier="core"),
        needing("b", requires("a"), tier="core"),
        needing("c", requires("b"), tier="app"),
        tiers=TIERS,
    )
    assert {driver.name: (driver.tier, driver.stage) for driver in found} == {
        "a": ("core", 1),
        "b": ("core", 2),
        "c": ("app", 1),
    }


def test_a_tier_without_drivers_is_omitted() -> None:
    assert [tier.name for tier in plan(needing("a", tier="app"), tiers=TIERS).tiers] == ["app"]


def test_drivers_that_need_each_other_in_different_phases_share_a_stage() -> None:
    found = plan(
        Driver("a", phases=TWO, dependencies=(requires("b:initialize", phase="autostart"),)),
        Driver("b", phases=TWO, dependencies=(requires("a:initialize", phase="autostart"),)),
        needing("c", requires("a")),
    )
    assert found.tiers[0].stages == (("a", "b"), ("c",))


def test_each_step_knows_what_it_waits_for() -> None:
    found = plan(
        Driver("a", phases=TWO, dependencies=(requires("b"), wants("c", phase="autostart"))),
        needing("b", before("c", when="hot")),
        needing("c"),
        hot=True,
    )
    assert found.drivers["a"].waits == (
        (Wait(Step("b", "start"), Kind.REQUIRES, "b"),),
        (Wait(Step("c", "start"), Kind.WANTS, "c"),),
    )
    assert found.drivers["c"].waits == ((Wait(Step("b", "start"), Kind.BEFORE, "b", "hot"),),)


def test_a_wait_through_a_capability_is_known_by_the_name_that_was_declared() -> None:
    found = plan(needing("a", requires("door")), Driver("b", provides=("door",)))
    assert found.drivers["a"].waits == ((Wait(Step("b", "start"), Kind.REQUIRES, "door"),),)


def test_absent_targets_of_wants_are_kept_in_the_plan() -> None:
    found = plan(
        Driver("a", provides=("door",), dependencies=(wants("z"), wants("door"), wants("b"), after("y"))),
        needing("b", wants("x", when="hot"), wants("w", when="cold")),
        hot=True,
    )
    assert found.drivers["a"].absent == ("door", "z")
    assert found.drivers["b"].absent == ("x",)


def test_the_facts_assumed_are_in_the_plan() -> None:
    found = plan(needing("a", after("b", when="wet"), after("b", when="hot")), hot=True, other=True)
    assert dict(found.facts) == {"hot": True, "wet": False}


def test_a_cycle_is_refused_with_all_cycles_in_the_error() -> None:
    with pytest.raises(CycleError) as caught:
        plan(
            needing("a", requires("b")), needing("b", requires("a")), needing("c", after("d")), needing("d", after("c"))
        )
    assert [str(cycle) for cycle in caught.value.cycles] == ["a -> b -> a", "c -> d -> c"]
    assert [finding.code for finding in caught.value.findings] == ["TD101", "TD101"]
    assert str(caught.value) == "dependency cycle: a -> b -> a; dependency cycle: c -> d -> c"


def test_an_inversion_is_refused() -> None:
    error = refused(needing("a", requires("b"), tier="core"), needing("b", tier="app"), tiers=TIERS)
    assert [finding.code for finding in error.findings] == ["TD102"]
    assert str(error) == "a:start comes after b:start, which is of a later tier"


@pytest.mark.parametrize(
    ("dependency", "code"),
    [
        (requires("nowhere"), "TD103"),
        (requires("door"), "TD104"),
        (requires("p:halt"), "TD107"),
        (requires("a"), "TD109"),
        (conflicts("p"), "TD106"),
    ],
)
def test_a_problem_of_a_dependency_is_refused_with_its_code(dependency: Dependency, code: str) -> None:
    error = refused(needing("a", dependency), Driver("p", provides=("door",)), Driver("q", provides=("door",)))
    assert [finding.code for finding in error.findings] == [code]
    assert error.findings[0].drivers[0] == "a"


def test_two_drivers_of_one_name_are_refused() -> None:
    assert [finding.code for finding in refused(Driver("a"), Driver("a")).findings] == ["TD105"]


@pytest.mark.parametrize(
    "tiers",
    [
        (Tier("core", after=("app",)), Tier("app", after=("core",))),
        (Tier("core", after=("ghost",)), Tier("app")),
        (Tier("app"),),
    ],
)
def test_tiers_without_an_order_are_refused(tiers: tuple[Tier, ...]) -> None:
    error = refused(needing("a", tier="core"), tiers=tiers)
    assert [finding.code for finding in error.findings] == ["TD108"]


def test_absent_targets_of_optional_requirements_are_kept_in_the_plan() -> None:
    dependencies = requires("x", optional=True), requires("p", optional=True), wants("y"), after("z")
    plan = DependencyGraph((needing("a", *dependencies), Driver("p"))).collapse()
    assert plan.drivers["a"].absent == ("x", "y")
    assert [str(wait.step) for wait in plan.drivers["a"].waits[0]] == ["p:start"]


def test_the_digest_depends_on_what_must_not_be_skipped() -> None:
    plans = [
        DependencyGraph([Driver("a", dependencies=(requires("b", skipped=skipped),)), Driver("b")]).collapse()
        for skipped in ("pass", "block", "block")
    ]
    assert plans[0].digest != plans[1].digest == plans[2].digest
    assert plans[0].drivers["a"].waits == ((Wait(Step("b", "start"), Kind.REQUIRES, "b"),),)
