"""``assert_no_undeclared``: drivers of a plugin are started in other orders in its own tests."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from tests.shake.worlds import World, one
from tierdeps import Driver, Lifecycle, requires
from tierdeps.testing import assert_no_undeclared

if TYPE_CHECKING:
    from tierdeps.lifecycle import Context

NEEDS = {"db": (), "web": one("db"), "mail": ()}


def test_nothing_is_said_where_all_is_declared() -> None:
    assert_no_undeclared(World(NEEDS).drivers())


def test_what_is_missing_is_named_with_what_to_add() -> None:
    with pytest.raises(AssertionError) as raised:
        assert_no_undeclared(World(NEEDS, frozenset({("web", "db")})).drivers())
    assert str(raised.value) == (
        '\n- undeclared dependency: web needs db, seen in 4 of 4 runs: add requires = ["db"] to web'
    )


def test_tiers_hide_nothing() -> None:
    world = World(NEEDS, frozenset({("web", "db")}), tiers={"db": "core", "mail": "core", "web": "late"})
    with pytest.raises(AssertionError, match="web needs db"):
        assert_no_undeclared(world.drivers())


def test_what_drivers_depend_on_elsewhere_is_stood_in_for() -> None:
    class Real(Lifecycle):
        async def start(self, context: Context) -> None:
            assert context.get("secret") is not None

    assert_no_undeclared([Driver("storage", dependencies=(requires("secret"),), lifecycle=Real)])


def test_a_driver_that_fails_in_every_order_is_an_error() -> None:
    class Broken(Lifecycle):
        async def start(self, context: Context) -> None:
            raise OSError("no disk")

    with pytest.raises(AssertionError, match="storage:start failed in every order: OSError: no disk"):
        assert_no_undeclared([Driver("storage", lifecycle=Broken)])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("storage", "drivers has to be a list of drivers, not 'storage'"),
        (Driver("storage"), "drivers has to be a list of drivers, not one driver: write [storage]"),
        (7, "drivers has to be a list of drivers, not 7"),
        (None, "drivers has to be a list of drivers, not None"),
        (["storage"], "drivers has to have drivers only, not 'storage'"),
        ([Driver("storage"), None], "drivers has to have drivers only, not None"),
    ],
)
def test_what_is_no_list_of_drivers_is_refused_in_one_sentence(given: Any, message: str) -> None:
    with pytest.raises(TypeError) as raised:
        assert_no_undeclared(given)
    assert str(raised.value) == message
    with pytest.raises(TypeError) as raised:
        assert_no_undeclared([], fakes=given)
    assert str(raised.value) == message.replace("drivers has", "fakes has")


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_one_of_two_is_found_wherever_the_driver_is_declared(number: int) -> None:
    names = [f"d{at}" for at in range(number)]
    for name in names:
        for pair in combinations([other for other in names if other != name], 2):
            needs = {**dict.fromkeys(names, ()), name: (frozenset(pair),)}
            hidden = frozenset((name, other) for other in pair)
            with pytest.raises(AssertionError, match=f"{name} needs {' or '.join(pair)}"):
                assert_no_undeclared(World(needs, hidden).drivers())
