"""What nobody declared is found, and nothing else."""

from __future__ import annotations

import pytest

from tests.shake.worlds import World, found, one, shake
from tierdeps.shake.outcome import Limits

TWO = {"db": (), "web": one("db"), "mail": ()}


def test_a_dependency_that_nobody_declared_is_found() -> None:
    shaken = shake(World(TWO, frozenset({("web", "db")})).plan)
    assert found(shaken) == {("web", frozenset({"db"}))}
    (item,) = shaken.undeclared
    assert item.table.passed_without == item.table.failed_with == 0
    assert item.table.failed_without >= 4
    assert item.table.passed_with >= 4
    assert item.reason == "RuntimeError: there is no db"


def test_nothing_is_found_where_all_is_declared() -> None:
    shaken = shake(World(TWO).plan)
    assert (shaken.undeclared, shaken.flaky, shaken.failing) == ((), (), ())
    assert shaken.coverage.covered == shaken.coverage.pairs == 2
    assert shaken.runs == shaken.orders


def test_one_of_two_is_needed() -> None:
    needs = {"a": (), "b": (), "c": (), "x": (frozenset({"a", "c"}),)}
    shaken = shake(World(needs, frozenset({("x", "a"), ("x", "c")})).plan)
    assert found(shaken) == {("x", frozenset({"a", "c"}))}


def test_several_are_needed_and_each_is_named_by_itself() -> None:
    needs = {"a": (), "b": (), "c": (), "d": (), "x": one("a", "c", "d")}
    shaken = shake(World(needs, frozenset({("x", "a"), ("x", "c"), ("x", "d")})).plan)
    assert found(shaken) == {("x", frozenset({name})) for name in "acd"}


def test_what_fails_because_another_one_failed_is_not_charged_to_the_order() -> None:
    needs = {"a": (), "b": one("a"), "c": one("b"), "d": one("c")}
    shaken = shake(World(needs, frozenset({("b", "a"), ("c", "b"), ("d", "c")})).plan)
    assert found(shaken) == {("b", frozenset("a")), ("c", frozenset("b")), ("d", frozenset("c"))}


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.7])
def test_what_fails_at_random_is_called_flaky(rate: float) -> None:
    needs = dict.fromkeys("abcdef", ())
    shaken = [shake(World(needs, flaky={"d": rate}, seed=seed).plan) for seed in range(8)]
    assert [found(one_of) for one_of in shaken] == [set()] * 8
    names = {one_of.steps.steps[flaky[0].step].driver for one_of in shaken for flaky in one_of.flaky}
    assert names == {"d"}


def test_what_always_fails_is_reported_as_that() -> None:
    shaken = shake(World({**TWO, "gone": (frozenset({"nowhere"}),)}, frozenset({("gone", "nowhere")})).plan)
    assert [(shaken.steps.steps[target.step].driver, reason) for target, reason in shaken.failing] == [
        ("gone", "RuntimeError: there is no nowhere")
    ]
    assert (shaken.undeclared, shaken.flaky) == ((), ())


def test_a_dependency_that_only_the_tiers_satisfy_is_found_across_them() -> None:
    plan = World(TWO, frozenset({("web", "db")}), tiers={"db": "core", "mail": "core", "web": "late"}).plan
    assert found(shake(plan)) == set()
    assert found(shake(plan, Limits(across_tiers=True))) == {("web", frozenset({"db"}))}


def test_the_same_seed_gives_the_same_runs() -> None:
    world = World(dict.fromkeys("abcdefgh", ()) | {"x": one("c", "f")}, frozenset({("x", "c"), ("x", "f")}))
    first, again = (shake(world.plan, Limits(seed=7)) for _ in range(2))
    assert (first.runs, first.undeclared) == (again.runs, again.undeclared)


def test_a_limit_of_runs_is_kept_and_what_is_open_is_said() -> None:
    shaken = shake(World(TWO, frozenset({("web", "db")})).plan, Limits(runs=3))
    assert shaken.runs == 3
    assert shaken.interrupted
    assert shaken.undeclared == ()
    assert [shaken.steps.steps[target.step].driver for target in shaken.unfinished] == ["web"]


def test_only_the_named_drivers_are_examined() -> None:
    world = World({"a": (), "b": one("a"), "c": one("a")}, frozenset({("b", "a"), ("c", "a")}))
    assert found(shake(world.plan, Limits(only=frozenset({"c"})))) == {("c", frozenset({"a"}))}
