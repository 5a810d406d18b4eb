"""Every event of a reload, in order and complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.executor.kinds import Kinds
from tests.executor.reloads import change, told
from tests.executor.test_events import fail, lines, second
from tierdeps.model import requires

if TYPE_CHECKING:
    from tests.executor.conftest import World


def test_settings_that_are_taken_over_are_reported_with_their_end(world: World) -> None:
    world.deeds["a:reload"] = second
    kinds = Kinds(world)
    plan = world.plan([kinds("a"), kinds("b", requires("a"))])
    change(world, plan, plan, settings=told(a={"port": 2}))
    assert lines(world, "a")[4:] == ["2 a ready reload begun", "3 a ready reload done", "4 a stopping", "5 a stopped"]


def test_settings_that_are_not_taken_over_are_given_back_first(world: World) -> None:
    world.deeds["a:reload"] = fail
    kinds = Kinds(world)
    plan = world.plan([kinds("a"), kinds("b", requires("a"))])
    reloaded, _ = change(world, plan, plan, settings=told(a={"port": 2}), on_failure="isolate")
    assert lines(world)[6:] == [
        "2 a ready reload begun",
        "2 b starting start done",
        "2 b ready",
        "3 a ready reload failed: ValueError: no",
        "3 a ready reload begun",
        "4 a ready reload failed: ValueError: no",
        "4 a failed: reload: ValueError: no",
        "4 b blocked: it requires a, which was lost: reload: ValueError: no",
        "4 b stopping",
        "5 a stopping",
        "5 b stopped",
        "6 a stopped",
    ]
    assert reloaded.failed is not None
    assert reloaded.failed.problem == "a: reload: ValueError: no"


def test_a_part_that_is_taken_back_is_stopped_and_the_old_one_started(world: World) -> None:
    world.deeds["bad:start"] = fail
    kinds = Kinds(world)
    old = world.plan([kinds("a"), kinds("b", requires("a")), kinds("z")])
    new = world.plan([kinds("a"), kinds("b", requires("a"), version=2), kinds("bad", requires("b")), kinds("z")])
    change(world, old, new)
    assert lines(world, "a", "b", "bad")[8:] == [
        "2 b stopping",
        "3 b stopped",
        "3 b starting",
        "3 b starting start begun",
        "4 b starting start done",
        "4 b ready",
        "4 bad starting",
        "4 bad starting start begun",
        "5 bad starting start failed: ValueError: no",
        "5 bad failed: ValueError: no",
        "5 bad stopping",
        "6 b stopping",
        "6 bad stopped",
        "7 b stopped",
        "7 b starting",
        "7 b starting start begun",
        "8 b starting start done",
        "8 b ready",
        "8 b stopping",
        "9 a stopping",
        "9 b stopped",
        "10 a stopped",
    ]


def test_a_driver_whose_stop_failed_is_not_said_to_be_stopped_where_the_reload_is_reverted(world: World) -> None:
    for deed in ("c:start", "c:stop", "bad:start"):
        world.deeds[deed] = fail
    kinds = Kinds(world)
    old = world.plan([kinds("a"), kinds("c")])
    new = world.plan([kinds("a"), kinds("bad"), kinds("c", requires("bad"), version=2)])
    reloaded, _ = change(world, old, new, on_failure="isolate")
    states = [line.split()[2].rstrip(":") for line in lines(world, "c") if line.split()[1] == "c"]
    assert reloaded.failed is not None
    assert "stopped" not in states, lines(world, "c")
    assert states[-1] == "failed"
