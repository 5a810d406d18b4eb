"""Tracebacks of what drivers raise: their frames and not ours, as text."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.executor.conftest import Recorder
from tierdeps import driver_errors as module
from tierdeps.clock import run_virtually
from tierdeps.driver_errors import driver_traceback
from tierdeps.errors import RunError
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, Policy, State, requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor import Executor
    from tierdeps.model import Report


class Told(Recorder):
    """Records the tracebacks."""

    def __init__(self) -> None:
        super().__init__()
        self.raised_by: list[tuple[str, str]] = []

    def raised(self, driver: str, traceback: str) -> None:
        self.raised_by.append((driver, traceback))


@pytest.fixture(autouse=True)
def told(world: World) -> Told:
    world.recorder = found = Told()
    return found


def dig(depth: int) -> NoReturn:
    if depth:
        dig(depth - 1)
    raise OSError("no disk")


async def fail(context: Context) -> NoReturn:
    dig(1)


async def fail_later(context: Context) -> NoReturn:
    await asyncio.sleep(1)
    dig(1)


async def fail_because(context: Context) -> NoReturn:
    try:
        dig(0)
    except OSError as error:
        raise ValueError("no pool") from error


def places(traceback: str) -> list[str]:
    """Return the names of the functions of a traceback's frames."""
    return [line.rpartition(" in ")[2] for line in traceback.splitlines() if line.lstrip().startswith("File ")]


@pytest.mark.parametrize("deed", [fail, fail_later])
@pytest.mark.parametrize("verb", ["probe", "adopt", "start", "stop", "cleanup"])
def test_whatever_a_driver_raises_is_kept_with_its_frames_and_told(
    world: World, told: Told, verb: str, deed: Any
) -> None:
    world.deeds[f"a:{verb}"] = deed
    outcome = world.start_and_stop(world.plan([world.driver("a")]))["a"]
    assert places(outcome.traceback) == ["act", deed.__name__, "dig", "dig"]
    assert outcome.traceback.splitlines()[0] == "Traceback (most recent call last):"
    assert outcome.traceback.endswith("\nOSError: no disk")
    assert told.raised_by == [("a", outcome.traceback)]


def test_it_is_reported_before_the_event_that_says_so(world: World) -> None:
    order: list[str] = []

    class Listening(Told):
        def raised(self, driver: str, traceback: str) -> None:
            order.append("raised")

        def event(self, event: Any) -> None:
            order.append(str(event.state))

    world.recorder = Listening()
    world.deeds["a:start"] = fail
    world.start(world.plan([world.driver("a")]))
    assert order.index("raised") < order.index("failed")


def test_causes_are_reported_too(world: World) -> None:
    world.deeds["a:start"] = fail_because
    text = world.start(world.plan([world.driver("a")]))["a"].traceback
    assert places(text) == ["fail_because", "dig", "act", "fail_because"]
    assert "The above exception was the direct cause of the following exception:" in text


def test_so_are_groups(world: World) -> None:
    async def group(context: Context) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail(context))

    world.deeds["a:start"] = group
    text = world.start(world.plan([world.driver("a")]))["a"].traceback
    assert "ExceptionGroup" in text
    assert "OSError: no disk" in text
    assert "tierdeps/executor" not in text


def test_a_constructor_s_exception_stands_without_our_own_around_it(world: World) -> None:
    class Broken(Lifecycle):
        def __init__(self) -> None:
            dig(0)

    outcome = world.start(world.plan([Driver("a", lifecycle=Broken)]))["a"]
    assert places(outcome.traceback) == ["__init__", "dig"]
    assert outcome.traceback.splitlines()[-1] == "OSError: no disk"


def test_a_look_up_that_is_not_declared_shows_where_it_is(world: World) -> None:
    async def look(context: Context) -> None:
        context.get("b")

    world.deeds["a:start"] = look
    outcome = world.start(world.plan([world.driver("a"), world.driver("b")]))["a"]
    assert places(outcome.traceback) == ["act", "look"]


@pytest.mark.parametrize("deed", [lambda _: asyncio.sleep(1000), None])
def test_what_no_code_of_a_driver_raised_has_none(world: World, told: Told, deed: Any) -> None:
    if deed is not None:
        world.deeds["a:start"] = deed
    outcome = world.start(world.plan([world.driver("a"), world.driver("b", requires("a"))]), timeout=2.0)["a"]
    assert outcome.state is (State.READY if deed is None else State.FAILED)
    assert outcome.traceback == ""
    assert told.raised_by == []


def test_each_attempt_is_reported_and_the_last_one_kept(world: World, told: Told) -> None:
    world.deeds["a:start"] = fail
    outcome = world.start(world.plan([world.driver("a", policy=Policy(retries=2))]))["a"]
    assert len(told.raised_by) == 3
    assert outcome.traceback == told.raised_by[-1][1]


def test_one_that_came_up_at_last_keeps_none(world: World, told: Told) -> None:
    async def at_first(context: Context) -> None:
        if not told.raised_by:
            dig(0)

    world.deeds["a:start"] = at_first
    outcome = world.start(world.plan([world.driver("a", policy=Policy(retries=1))]))["a"]
    assert outcome.state is State.READY
    assert outcome.traceback == ""


def test_a_failed_start_and_a_failed_stop_are_both_kept(world: World) -> None:
    world.deeds["a:start"], world.deeds["a:stop"] = fail, fail_because
    text = world.start_and_stop(world.plan([world.driver("a")]))["a"].traceback
    assert text.count("Traceback") == 3
    assert text.index("dig") < text.index("fail_because")


def test_a_reload_that_fails_reports_it_too(world: World, told: Told) -> None:
    from tierdeps.settings import Settings

    world.deeds["a:reload"] = fail
    plan = world.plan([world.driver("a")])

    async def main() -> Report:
        executor = world.executor(plan)
        await executor.start()
        await executor.reload(plan, Settings(drivers={"a": {"x": 1}}))
        return await executor.stop()

    run_virtually(main())
    assert [driver for driver, _ in told.raised_by][:1] == ["a"]


def test_nothing_of_the_driver_s_frames_is_kept_alive(world: World) -> None:
    class Big: ...

    alive: list[weakref.ref[Big]] = []

    async def hold(context: Context) -> None:
        big = Big()
        alive.append(weakref.ref(big))
        dig(0)

    world.deeds["a:start"] = hold
    plan = world.plan([world.driver("a")])

    async def main() -> tuple[Executor, Report]:
        executor = world.executor(plan, on_failure="isolate")
        return executor, await executor.start()

    executor, report = run_virtually(main())
    gc.collect()
    assert report["a"].traceback
    assert executor.report()["a"].traceback
    assert alive[0]() is None


def test_an_exception_that_cannot_be_shown_is_one_all_the_same(world: World) -> None:
    class OddError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    async def odd(context: Context) -> None:
        raise OddError

    world.deeds["a:start"] = odd
    report = world.start(world.plan([world.driver("a")]))
    assert report["a"].reason == "OddError: it cannot be shown"
    assert places(report["a"].traceback) == ["act", "odd"]


def raised(function: Any, *arguments: Any) -> BaseException:
    try:
        function(*arguments)
    except BaseException as error:  # noqa: BLE001  whatever it is
        return error
    raise AssertionError


def test_endless_recursion_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    def ping(number: int) -> None:
        pong(number + 1)

    def pong(number: int) -> None:
        ping(number + 1)

    text = driver_traceback(raised(ping, 0))
    assert len(places(text)) == module.MAX_FRAMES
    assert text.splitlines()[-1].startswith("RecursionError: ")
    monkeypatch.setattr(module, "MAX_CHARACTERS", 500)
    short = driver_traceback(raised(ping, 0))
    assert len(short) <= 510
    assert short.startswith("[...]\n")
    assert short.splitlines()[-1] == text.splitlines()[-1]


def test_what_our_own_code_raises_is_shown_where_it_is_no_error_of_ours() -> None:
    """A RunError says all in its sentence; anything else is a mistake of ours, and our frames are all there is."""
    names: dict[str, Any] = {}
    exec(compile("def ours(error):\n    raise error\n", f"{module.OURS[0]}executor/ours.py", "exec"), names)  # noqa: S102  code of ours

    def traceback_of(error: BaseException) -> str:
        found = raised(names["ours"], error)
        assert found.__traceback__ is not None
        return driver_traceback(found.with_traceback(found.__traceback__.tb_next))

    assert places(traceback_of(TypeError("x"))) == ["ours"]
    assert traceback_of(RunError("x")) == ""


@pytest.mark.parametrize("helper", ["_extract_caret_anchors_from_line_segment", "_byte_offset_to_character_offset"])
def test_where_python_cannot_mark_columns_they_are_not_marked(monkeypatch: pytest.MonkeyPatch, helper: str) -> None:
    def broken(*_: object) -> None:
        raise SystemError("AST constructor recursion depth mismatch")

    def add(numbers: dict[str, int]) -> int:
        return numbers["one"] + numbers["two"]["three"]  # type: ignore[index, no-any-return]  # so it is meant

    error = raised(add, {"one": 1, "two": 2})
    assert "~" in driver_traceback(error)
    monkeypatch.setattr(f"traceback.{helper}", broken)
    assert places(driver_traceback(error)) == ["raised", "add"]
    assert "~" not in driver_traceback(error)
    assert f'File "{__file__}", line {add.__code__.co_firstlineno + 1}, in add' in driver_traceback(error)


def test_an_exception_that_cannot_be_formatted_at_all_has_none() -> None:
    class OddError(Exception):
        def __getattribute__(self, name: str) -> object:
            if name == "__notes__":
                raise RuntimeError("no")
            return super().__getattribute__(name)

    def odd() -> NoReturn:
        raise OddError

    assert driver_traceback(raised(odd)) == ""
