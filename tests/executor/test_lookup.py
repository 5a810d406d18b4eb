"""``context.get``: nothing but what is declared, done, and there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import pytest

from tierdeps.errors import UndeclaredDependency
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Driver, State, after, before, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context


async def fail(context: Context) -> NoReturn:
    raise ValueError("no")


class Asking:
    """Looks a name up, and keeps what it gets."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.got: object = "never asked"

    async def __call__(self, context: Context) -> None:
        self.got = context.get(self.name)


def test_gets_the_life_cycle_of_what_it_requires(world: World) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    assert world.start(world.plan([world.driver("a"), world.driver("b", requires("a"))])).ok
    assert isinstance(asking.got, Lifecycle)


def test_finds_a_capability_and_its_provider(world: World) -> None:
    for name in ("secret-lookup", "a"):
        asking = world.deeds["b:start"] = Asking(name)
        plan = world.plan(
            [world.driver("a", provides=("secret-lookup",)), world.driver("b", requires("secret-lookup"))]
        )
        assert world.start(plan).ok
        assert isinstance(asking.got, Lifecycle)


def test_a_driver_without_a_life_cycle_is_there_too(world: World) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    world.start(world.plan([Driver("a"), world.driver("b", requires("a"))]))
    assert isinstance(asking.got, Lifecycle)


@pytest.mark.parametrize("how", ["absent", "disabled", "failed"])
def test_gets_nothing_for_what_is_wanted_and_not_there(world: World, how: str) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    world.deeds["a:start"] = fail
    drivers = [world.driver("b", wants("a")), *([] if how == "absent" else [world.driver("a")])]
    report = world.start(world.plan(drivers, disabled=["a"] if how == "disabled" else []), on_failure="isolate")
    assert report["b"].state is State.READY
    assert asking.got is None


def test_what_is_not_declared_fails_the_phase(world: World) -> None:
    world.deeds["b:start"] = Asking("a")
    report = world.start(
        world.plan([world.driver("a"), world.driver("b", after("c")), world.driver("c", requires("a"))])
    )
    assert report["b"].reason == (
        "undeclared dependency: b:start looked up 'a'; add requires('a', phase='start') to the driver 'b'"
    )


def test_hiding_the_error_does_not_hide_it(world: World) -> None:
    async def sly(context: Context) -> None:
        with suppress(UndeclaredDependency):
            context.get("a")

    world.deeds["b:start"] = sly
    report = world.start(world.plan([world.driver("a"), world.driver("b")]))
    assert report["b"].state is State.FAILED
    assert report["b"].reason.startswith("undeclared dependency: b:start looked up 'a'")


def test_what_is_declared_for_a_later_phase_is_not_declared_yet(world: World) -> None:
    world.deeds["b:initialize"] = Asking("a")
    b = world.driver("b", requires("a", phase="autostart"), phases=("initialize", "autostart"))
    report = world.start(world.plan([world.driver("a"), b]))
    assert "it is declared for the phase 'autostart' only, which is later" in report["b"].reason


def test_what_an_earlier_phase_needed_is_still_there(world: World) -> None:
    asking = world.deeds["b:autostart"] = Asking("a")
    b = world.driver("b", requires("a"), phases=("initialize", "autostart"))
    assert world.start(world.plan([world.driver("a"), b])).ok
    assert isinstance(asking.got, Lifecycle)


def test_who_declares_to_come_before_me_is_not_mine_to_use(world: World) -> None:
    world.deeds["b:start"] = Asking("a")
    report = world.start(world.plan([world.driver("a", before("b")), world.driver("b")]))
    assert report["b"].state is State.FAILED


def test_a_stop_may_still_use_what_it_needed(world: World) -> None:
    asking = world.deeds["b:stop"] = Asking("a")
    assert world.start_and_stop(world.plan([world.driver("a"), world.driver("b", requires("a"))])).ok
    assert isinstance(asking.got, Lifecycle)


def test_gets_nothing_for_an_optional_requirement_that_is_absent(world: World) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    assert world.start(world.plan([world.driver("b", requires("a", optional=True))])).ok
    assert asking.got is None


def test_is_blocked_where_an_optional_requirement_is_there_and_fails(world: World) -> None:
    world.deeds["a:start"] = fail
    report = world.start(world.plan([world.driver("a"), world.driver("b", requires("a", optional=True))]))
    assert report["b"].state is State.BLOCKED
