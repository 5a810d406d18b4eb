"""One driver is late in a parallel start: those that need it and do not declare it are found, and no others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shake.test_proof import observable, random_world
from tests.shake.worlds import World, delay, found, one
from tierdeps import DependencyGraph, Driver, Lifecycle, requires
from tierdeps.shake.outcome import Limits

if TYPE_CHECKING:
    from tierdeps.lifecycle import Context


@pytest.mark.parametrize(("db", "seen"), [("db", 4), ("zdb", 5)], ids=["usually first", "usually second"])
def test_a_driver_that_another_one_races_with_is_found(db: str, seen: int) -> None:
    shaken = delay(World({db: (), "web": one(db), "mail": ()}, frozenset({("web", db)})).plan)
    assert found(shaken) == {("web", frozenset({db}))}
    (item,) = shaken.undeclared
    assert item.table == (seen, 0, 0, seen)  # the second one fails while mail is late too: two suspects are tried
    assert item.reason == f"RuntimeError: there is no {db}"
    assert (shaken.flaky, shaken.failing) == ((), ())


def test_nothing_is_found_where_all_is_declared_and_each_driver_was_late_once() -> None:
    shaken = delay(World({"db": (), "web": one("db"), "mail": ()}).plan)
    assert (shaken.undeclared, shaken.flaky, shaken.failing) == ((), (), ())
    assert (shaken.runs, shaken.orders) == (5, 3)
    assert shaken.coverage.covered == shaken.coverage.pairs == 4


def test_a_driver_with_which_nothing_races_is_not_delayed() -> None:
    assert delay(World({"db": (), "web": one("db")}).plan).runs == 1


def test_one_of_two_is_needed() -> None:
    needs = {"a": (), "b": (), "c": (), "x": (frozenset({"a", "c"}),)}
    shaken = delay(World(needs, frozenset({("x", "a"), ("x", "c")})).plan)
    assert found(shaken) == {("x", frozenset({"a", "c"}))}
    (item,) = shaken.undeclared
    assert item.table == (4, 0, 0, 4)
    assert (shaken.flaky, shaken.failing, shaken.unfinished) == ((), (), ())


def test_one_of_two_is_needed_of_which_one_needs_the_other_or_a_third_one_is_needed_too() -> None:
    needs = {"a": (), "b": (), "c": one("b"), "x": (frozenset({"a", "c"}),)}
    hidden = frozenset({("x", "a"), ("x", "c")})
    assert found(delay(World(needs, hidden).plan)) == {("x", frozenset({"a", "c"}))}


def test_what_fails_in_each_start_is_not_helped_by_others_that_wait_for_the_late_driver() -> None:
    needs = {"b": (), "a": one("b"), "c": one("a"), "aa": one("a")}
    assert found(delay(World(needs, frozenset({("aa", "a")})).plan)) == {("aa", frozenset({"a"}))}


def test_a_driver_that_is_patient_needs_none_that_is_late_for_less_than_it_waits() -> None:
    up: set[str] = set()

    class Db(Lifecycle):
        async def start(self, context: Context) -> None:
            up.add(context.driver)

        async def stop(self, context: Context) -> None:
            up.discard(context.driver)

    class Patient(Lifecycle):
        async def start(self, context: Context) -> None:
            del context
            await asyncio.sleep(1)
            if "db" not in up:
                raise RuntimeError("there is still no db")

    plan = DependencyGraph([Driver("db", lifecycle=Db), Driver("web", lifecycle=Patient)]).collapse()
    assert found(delay(plan, seconds=0.5)) == set()
    assert found(delay(plan, seconds=2)) == {("web", frozenset({"db"}))}


def test_what_fails_because_a_driver_that_it_needs_failed_or_is_late_is_not_charged_to_others() -> None:
    needs = {"a": (), "b": one("a"), "c": one("b"), "d": one("c")}
    hidden = frozenset({("b", "a"), ("d", "c")})
    assert found(delay(World(needs, hidden).plan)) == {("b", frozenset("a")), ("d", frozenset("c"))}
    hidden |= {("c", "b")}
    assert found(delay(World(needs, hidden).plan)) == {(name, frozenset(other)) for name, other in hidden}


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), drivers=st.integers(2, 8), hidden=st.integers(0, 3))
def test_just_the_hidden_dependencies_are_found(seed: int, drivers: int, hidden: int) -> None:
    world = random_world(seed, drivers, hidden)
    shaken = delay(world.plan)
    assert found(shaken) == observable(world)
    assert (shaken.flaky, shaken.failing, shaken.unfinished) == ((), (), ())


def test_what_fails_at_random_is_called_flaky() -> None:
    shaken = [delay(World(dict.fromkeys("abcd", ()), flaky={"c": 0.5}, seed=seed).plan) for seed in range(8)]
    assert [found(one_of) for one_of in shaken] == [set()] * 8
    assert {one_of.steps.steps[flaky[0].step].driver for one_of in shaken for flaky in one_of.flaky} == {"c"}


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_flaky_drivers_are_charged_with_nothing_and_hide_little(rate: float) -> None:
    wanted: set[tuple[int, str, frozenset[str]]] = set()
    reported: set[tuple[int, str, frozenset[str]]] = set()
    for seed in (8, 19, 48, 55):  # each of these has a flaky driver next to the hidden dependency
        world = random_world(seed, 10, 1, rate)
        shaken = delay(world.plan, Limits(seed=seed))
        wanted |= {(seed, *pair) for pair in observable(world)}
        reported |= {(seed, *pair) for pair in found(shaken)}
        explained = {name for name, _ in found(shaken)}
        hidden = {name for name, _ in world.hidden}
        assert {shaken.steps.steps[target.step].driver for target, *_ in shaken.flaky} <= {*world.flaky, *hidden}
        assert not explained - hidden
    assert reported <= wanted
    assert rate > 0.1 or reported == wanted


def test_a_flaky_driver_that_needs_another_one_is_tried_until_its_table_is_significant() -> None:
    world = World({"db": (), "web": one("db"), "mail": ()}, frozenset({("web", "db")}), {"web": 0.3}, seed=4)
    (item,) = delay(world.plan).undeclared
    assert item.table.passed_without == 0
    assert 0 < item.table.failed_with < item.table.passed_with
    assert item.table.p_value <= 0.015


def test_what_others_kept_from_running_is_examined_when_these_no_longer_fail() -> None:
    world = random_world(48, 10, 3)  # a driver that loses a race in each start blocks one that needs another one
    assert found(delay(world.plan)) == observable(world)


def test_what_always_fails_is_reported_as_that() -> None:
    shaken = delay(World({"db": (), "gone": (frozenset({"nowhere"}),)}, frozenset({("gone", "nowhere")})).plan)
    assert [reason for _, reason in shaken.failing] == ["RuntimeError: there is no nowhere"]
    assert (shaken.undeclared, shaken.flaky) == ((), ())


def test_tiers_are_ignored_on_request() -> None:
    plan = World({"db": (), "web": one("db")}, frozenset({("web", "db")}), tiers={"db": "core", "web": "late"}).plan
    assert found(delay(plan)) == set()
    assert found(delay(plan, Limits(across_tiers=True))) == {("web", frozenset({"db"}))}


def test_only_the_named_drivers_are_examined() -> None:
    world = World({"a": (), "b": one("a"), "c": one("a")}, frozenset({("b", "a"), ("c", "a")}))
    assert found(delay(world.plan, Limits(only=frozenset({"c"})))) == {("c", frozenset({"a"}))}


def test_a_limit_of_runs_is_kept_and_what_is_open_is_said() -> None:
    shaken = delay(World({"db": (), "web": one("db")}, frozenset({("web", "db")})).plan, Limits(runs=5))
    assert (shaken.runs, shaken.interrupted, shaken.undeclared) == (5, True, ())
    assert [shaken.steps.steps[target.step].driver for target in shaken.unfinished] == ["web"]


def test_each_phase_of_a_driver_is_late_and_each_phase_of_another_one_may_need_it() -> None:
    made: list[str] = []

    class Phases(Lifecycle):
        async def prepare(self, context: Context) -> None:
            made.append(f"{context.driver}:prepare")

        async def serve(self, context: Context) -> None:
            if context.driver == "web" and "db:prepare" not in made:
                raise RuntimeError("nothing is prepared")

        async def stop(self, context: Context) -> None:
            del context
            made.clear()

    drivers = [Driver(name, phases=("prepare", "serve"), lifecycle=Phases) for name in ("db", "web")]
    other = Driver("mail", dependencies=(requires("web"),))
    shaken = delay(DependencyGraph([*drivers, other]).collapse())
    assert [str(shaken.steps.steps[item.target.step]) for item in shaken.undeclared] == ["web:serve"]
    assert found(shaken) == {("web", frozenset({"db"}))}
