"""Drivers that raise and return what can hardly be looked at: each fails, for a reason, and takes nobody with it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tierdeps import DependencyGraph, Driver, Executor, Lifecycle, requires
from tierdeps.model import State
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tierdeps.executor import ReloadResult
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report


class Bomb:
    """Raises at whatever is done with it."""

    def _raise(self, *_: object) -> NoReturn:
        raise SystemExit("boom")

    __bool__ = __eq__ = __hash__ = __str__ = __repr__ = __len__ = __iter__ = __await__ = __format__ = _raise
    __class__ = property(_raise)


class Words(str):
    """Text that raises where it is looked at."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise SystemExit("boom")

    __str__ = __len__ = __eq__ = __format__ = __hash__ = __bool__  # type: ignore[assignment]


class Unwordable(Exception):  # noqa: N818
    def __str__(self) -> str:
        raise ValueError("no words")

    __repr__ = __str__


class Exiting(Exception):  # noqa: N818
    def __str__(self) -> str:
        raise SystemExit("in the middle of a sentence")


class NoText(Exception):  # noqa: N818
    def __str__(self) -> str:
        return 5  # type: ignore[return-value]  # noqa: PLE0307


class Falsy(Exception):  # noqa: N818
    def __bool__(self) -> bool:
        return False


class Undecided(Exception):  # noqa: N818
    def __bool__(self) -> bool:
        raise ValueError("neither")


class Faceless(Exception):  # noqa: N818
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise SystemExit("nobody")


class Meta(type):
    """A class of classes that raise wherever they are looked at."""

    def __hash__(cls) -> int:
        raise ValueError("no hash")

    def __eq__(cls, other: object) -> bool:
        raise ValueError("no comparison")

    def __instancecheck__(cls, instance: object) -> bool:
        raise ValueError("no instances")

    def __subclasscheck__(cls, subclass: type) -> bool:
        raise ValueError("no subclasses")

    def __repr__(cls) -> str:
        raise ValueError("no text")


class Hidden(Meta):
    """The same, and none of its attributes can be read either."""

    def __getattribute__(cls, name: str) -> Any:
        raise ValueError(f"no {name}")


class Ashamed(Meta):
    """The same, and the methods of a lifecycle cannot be read from it."""

    def __getattribute__(cls, name: str) -> Any:
        if name in ("start", "probe", "adopt", "__name__", "__qualname__"):
            raise ValueError(f"no {name}")
        return super().__getattribute__(name)


# When Dask is imported, it looks at all classes of exceptions that exist; after the next ones it could not be any more.
with suppress(ImportError):
    import distributed  # noqa: F401


class Veiled(Lifecycle, metaclass=Hidden): ...


class Odd(Exception, metaclass=Hidden): ...  # noqa: N818


def noted() -> Exception:
    error = ValueError("noted")
    error.__notes__ = [Bomb()]  # type: ignore[list-item]
    return error


def chained() -> Exception:
    error = ValueError("chained")
    error.__cause__ = Unwordable()
    error.__context__ = Faceless()
    return error


RAISED: dict[str, Callable[[], BaseException]] = {
    "SystemExit": lambda: SystemExit(3),
    "KeyboardInterrupt": KeyboardInterrupt,
    "GeneratorExit": GeneratorExit,
    "CancelledError": asyncio.CancelledError,
    "StopIteration": lambda: StopIteration(5),
    "StopAsyncIteration": StopAsyncIteration,
    "MemoryError": MemoryError,
    "RecursionError": RecursionError,
    "group": lambda: BaseExceptionGroup("several", [Unwordable(), KeyboardInterrupt()]),
    "unwordable": Unwordable,
    "exiting": Exiting,
    "no text": NoText,
    "falsy": Falsy,
    "undecided": Undecided,
    "faceless": Faceless,
    "odd": Odd,
    "noted": noted,
    "chained": chained,
}
RETURNED: dict[str, Callable[[], Any]] = {
    "bomb": Bomb,
    "words": lambda: Words("no"),
    "class": lambda: Meta("Odd", (), {}),
    "object of it": Meta("Odd", (), {}),
    "exception": Unwordable,
}
VERBS = ("probe", "adopt", "start", "stop", "cleanup")


def lifecycle(verb: str, act: Callable[[], Any], how: str, *, meta: type = type) -> type[Lifecycle]:
    """Return a class that acts in one method, which is async, async and waits before, or plain."""

    async def at_once(self: Lifecycle, context: Context) -> Any:
        return act()

    async def later(self: Lifecycle, context: Context) -> Any:
        await asyncio.sleep(0)
        return act()

    def plain(self: Lifecycle, context: Context) -> Any:
        return act()

    return meta("Hostile", (Lifecycle,), {verb: {"at once": at_once, "later": later, "plain": plain}[how]})  # type: ignore[no-any-return]


class Well(Lifecycle):
    async def start(self, context: Context) -> None: ...


async def run(*drivers: Driver, **options: Any) -> tuple[Report, Report]:
    """Start and stop; each of the two within a time that none of them needs."""
    others = (Driver("b", lifecycle=Well), Driver("c", lifecycle=Well, dependencies=(requires("a"),)))
    plan = DependencyGraph((*drivers, *others)).collapse()
    executor = Executor(plan, on_failure="isolate", timeout=20, stop_timeout=20, **options)
    async with asyncio.timeout(60):
        report = await executor.start()
        ended = await executor.stop()
    assert not executor.crashes
    return report, ended


def raising(error: Callable[[], BaseException]) -> Callable[[], NoReturn]:
    def act() -> NoReturn:
        raise error()

    return act


def start_and_stop(kind: type[Lifecycle], **options: Any) -> tuple[Report, Report]:
    return asyncio.run(run(Driver("a", lifecycle=kind), **options))


@pytest.mark.parametrize("how", ["at once", "later", "plain"])
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("what", RAISED)
def test_whatever_a_method_raises_fails_its_driver_for_a_reason(
    what: str, verb: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    report, ended = start_and_stop(lifecycle(verb, raising(RAISED[what]), how))
    if verb in ("stop", "cleanup"):
        assert report.ok
        assert ended["a"].stop_error
    else:
        assert report["a"].state is State.FAILED
        assert report["a"].reason
        assert report["c"].state is State.BLOCKED
    assert report["b"].state is State.READY
    assert ended["b"].stopped
    assert not caplog.records


@pytest.mark.parametrize("how", ["at once", "later", "plain"])
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("what", RETURNED)
def test_whatever_a_method_returns_fails_its_driver_or_is_taken_as_it_is(what: str, verb: str, how: str) -> None:
    report, ended = start_and_stop(lifecycle(verb, RETURNED[what], how))
    if (what, verb) == ("words", "probe"):
        assert (report["a"].state, report["a"].reason) == (State.SKIPPED, "no")
    elif verb in ("stop", "cleanup"):
        assert ended["a"].stop_error
    else:
        assert report["a"].state is State.FAILED
        assert report["a"].reason
    assert report["b"].state is State.READY


@pytest.mark.parametrize("how", ["at once", "later", "plain"])
@pytest.mark.parametrize("meta", [Meta, Ashamed])
@pytest.mark.parametrize("jobs", [None, 1])
def test_a_class_that_cannot_be_looked_at_takes_nobody_with_it(meta: type, how: str, jobs: int | None) -> None:
    kind = lifecycle("start", lambda: None, how, meta=meta)
    report, ended = start_and_stop(kind, jobs=jobs)
    assert report["a"].state in (State.READY, State.FAILED)
    assert report["b"].state is State.READY
    assert ended["b"].stopped


def test_a_class_of_which_nothing_can_be_read_fails_its_driver() -> None:
    report, _ = asyncio.run(run(Driver("a", lifecycle=f"{__name__}:Veiled")))
    assert report["a"].state is State.FAILED
    assert report["b"].state is State.READY


@pytest.mark.parametrize("what", RAISED)
def test_whatever_a_constructor_raises_fails_its_driver_for_a_reason(what: str) -> None:
    kind = type("Hostile", (Lifecycle,), {"__init__": lambda self: raising(RAISED[what])()})
    report, _ = start_and_stop(kind)
    assert report["a"].state is State.FAILED
    assert report["a"].reason


@pytest.mark.parametrize("what", RAISED)
@pytest.mark.parametrize("name", ["start", "probe", "cleanup_after_crash", "stop"])
def test_whatever_a_property_raises_takes_nobody_with_it(what: str, name: str) -> None:
    kind = type("Hostile", (Lifecycle,), {name: property(lambda self: raising(RAISED[what])())})
    report, ended = start_and_stop(kind, orphaned=["a"])
    assert report["a"].state is State.FAILED or ended["a"].stop_error
    assert report["b"].state is State.READY


@pytest.mark.parametrize("name", ["__bool__", "__eq__", "__hash__", "__getattribute__", "__class__"])
def test_an_instance_that_cannot_be_looked_at_takes_nobody_with_it(name: str) -> None:
    def method(self: object, *_: object) -> NoReturn:
        raise SystemExit("boom")

    content = {name: property(method) if name == "__class__" else method}
    report, ended = start_and_stop(type("Hostile", (Well,), content))
    assert report["a"].state in (State.READY, State.FAILED)
    assert report["b"].state is State.READY
    assert ended["b"].stopped


@pytest.mark.parametrize("how", ["at once", "later", "plain"])
@pytest.mark.parametrize("what", RAISED)
def test_whatever_a_reload_raises_is_reported_and_takes_nobody_with_it(what: str, how: str) -> None:
    async def main() -> tuple[ReloadResult, Report]:
        kind = type("Reloaded", (lifecycle("reload", raising(RAISED[what]), how), Well), {})
        drivers = (Driver("a", lifecycle=kind), Driver("b", lifecycle=Well))
        plan = DependencyGraph(drivers).collapse()
        executor = Executor(plan, on_failure="ignore", timeout=20, stop_timeout=20)
        async with asyncio.timeout(60):
            await executor.start()
            reloaded = await executor.reload(plan, Settings(drivers={"a": {"changed": True}}))
            ended = await executor.stop()
        assert not executor.crashes
        return reloaded, ended

    reloaded, ended = asyncio.run(main())
    assert any(note.startswith("a: reload: ") for note in reloaded.report.notes)
    assert ended["a"].stopped
    assert ended["b"].stopped


@pytest.mark.parametrize("what", RAISED)
def test_whatever_an_import_raises_fails_its_driver_for_a_reason(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"hostile_{what.replace(' ', '_')}"
    (tmp_path / f"{name}.py").write_text(f"from {__name__} import RAISED\nraise RAISED[{what!r}]()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    report, ended = asyncio.run(run(Driver("a", lifecycle=f"{name}:Any")))
    assert report["a"].state is State.FAILED
    assert report["a"].reason
    assert ended["b"].stopped
