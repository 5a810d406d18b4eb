"""Remote engines: nothing but encoded values crosses between the executor and the lifecycles."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import pytest

from tierdeps.engines import local
from tierdeps.engines.remote import DriverSpec, LifecycleHost, RemoteCall, RemoteFailure, RemoteNotice, remote_engine
from tierdeps.errors import LostError
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Driver, Process, Report, State, after, requires, wants
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.lifecycle import Context


class EncodedSession:
    """A session whose other side is on the same loop, but gets and gives nothing but bytes."""

    def __init__(self, notify: Callable[[RemoteNotice], None]) -> None:
        self._host = LifecycleHost(local.ENGINE.open(), lambda notice: notify(recoded(notice)))
        self.closed = False

    async def load(self, driver: DriverSpec) -> bool:
        return bool(await self._guard(self._host.load(recoded(driver))))

    async def call(self, call: RemoteCall) -> object:
        return recoded(await self._guard(self._host.call(recoded(call))))

    def close(self) -> None:
        self._host.close()

    async def _guard(self, coroutine: Any) -> Any:
        try:
            return await coroutine
        except Exception as error:  # noqa: BLE001
            failure = recoded(RemoteFailure.of(error))
        raise failure.error()


def recoded(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value), type=type(value))


ENGINE = remote_engine("encoded", "encodes", EncodedSession)


def run(*drivers: Driver, settings: dict[str, Any] | None = None, **options: Any) -> Report:
    async def main() -> Report:
        found = Settings(drivers={name: {"value": value} for name, value in (settings or {}).items()})
        executor = Executor(DependencyGraph(drivers).collapse(), engine=ENGINE, settings=found, **options)
        await executor.start()
        return await executor.stop()

    return asyncio.run(main())


class Records(Lifecycle):
    """Records its calls; its instances live on the other side."""

    calls: ClassVar[list[tuple[str, str, object]]] = []

    def __init__(self) -> None:
        self.made_for = ""

    def initialize(self, context: Context) -> None:
        self.made_for = context.driver
        self.calls.append((context.driver, context.phase, context.settings.get("value")))

    async def auto_start(self, context: Context) -> None:
        found = [context.get(name) for name in ("secret", "absent")]
        names = [each.made_for if isinstance(each, Records) else each for each in found]
        self.calls.append((context.driver, context.phase, names))

    def stop(self, context: Context) -> None:
        self.calls.append((context.driver, context.phase, context.remaining > 0))


PHASES = ("initialize", "auto-start")
NAME = f"{__name__}:Records"


@pytest.mark.parametrize("reference", [Records, NAME])
def test_calls_cross_as_values_and_lifecycles_by_name(reference: type[Lifecycle] | str) -> None:
    Records.calls.clear()
    secret = Driver("secret", phases=("initialize",), lifecycle=NAME)
    storage = Driver("storage", phases=PHASES, lifecycle=reference, dependencies=(requires("secret"), wants("absent")))
    report = run(secret, storage, settings={"storage": 7})
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    assert report.engine == "encoded"
    assert Records.calls == [
        ("secret", "initialize", None),
        ("storage", "initialize", 7),
        ("storage", "auto-start", ["secret", None]),
        ("storage", "stop", True),
        ("secret", "stop", True),
    ]


class Choosy(Lifecycle):
    def probe(self, context: Context) -> str | None:
        if context.settings["value"] == "break":
            raise ZeroDivisionError("division by zero")
        return "there is no such device" if context.settings["value"] == "skip" else None

    def adopt(self, context: Context) -> bool:
        return context.settings["value"] == "adopt"


@pytest.mark.parametrize(
    ("value", "state", "reason"),
    [
        ("skip", State.SKIPPED, "there is no such device"),
        ("adopt", State.ADOPTED, "it was already running"),
        ("run", State.READY, ""),
        ("break", State.FAILED, "probe: ZeroDivisionError: division by zero"),
    ],
)
def test_probe_and_adopt_return_values(value: str, state: State, reason: str) -> None:
    outcome = run(Driver("a", lifecycle=f"{__name__}:Choosy"), settings={"a": value})["a"]
    assert (outcome.state if state is not State.READY else state, outcome.reason) == (state, reason)


class Wrong(Lifecycle):
    def start(self, context: Context) -> object:
        match context.settings["value"]:
            case "peep":
                return context.get("b")
            case "result":
                return "a result"
            case _:
                raise KeyError("no such key")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("peep", "undeclared dependency: a:start looked up 'b'"),
        ("result", "start returned"),
        ("raise", "KeyError: 'no such key'"),
    ],
)
def test_what_goes_wrong_elsewhere_is_the_reason_here(value: str, reason: str) -> None:
    report = run(Driver("a", lifecycle=f"{__name__}:Wrong"), Driver("b"), settings={"a": value})
    assert report["a"].state is State.FAILED
    assert reason in report["a"].reason


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("no_such_module:Class", "cannot be imported: there is no module 'no_such_module'"),
        (f"{__name__}:NoSuchClass", f"cannot be found: {__name__} has no NoSuchClass"),
        (f"{__name__}:run", "is not a class but a function"),
        (f"{__name__}:Misspelt", "does not fit its phases: "),
    ],
)
def test_a_lifecycle_that_cannot_be_loaded_elsewhere_fails_its_driver(reference: str, problem: str) -> None:
    outcome = run(Driver("a", lifecycle=reference))["a"]
    assert outcome.state is State.FAILED
    assert outcome.reason.startswith(f"the lifecycle of 'a', {reference!r}, {problem}")


class Misspelt(Lifecycle):
    def strat(self, context: Context) -> None: ...


def test_a_class_without_an_importable_name_is_refused() -> None:
    class Local(Lifecycle):
        def start(self, context: Context) -> None: ...

    outcome = run(Driver("a", lifecycle=Local))["a"]
    assert outcome.state is State.FAILED
    assert outcome.reason.endswith("cannot be imported elsewhere; move the class to a module")


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), OSError("no route")])
def test_what_a_session_raises_is_the_driver_s_failure(error: BaseException) -> None:
    class Broken(EncodedSession):
        async def call(self, call: RemoteCall) -> object:
            raise error

    async def main() -> Report:
        plan = DependencyGraph([Driver("a", lifecycle=NAME, phases=PHASES)]).collapse()
        executor = Executor(plan, engine=remote_engine("broken", "", Broken))
        await executor.start()
        return await executor.stop()

    assert asyncio.run(main())["a"].state is State.FAILED


class Waits(Lifecycle):
    ended: ClassVar[list[str]] = []

    async def start(self, context: Context) -> None:
        try:
            await asyncio.sleep(600)
        finally:
            self.ended.append(context.driver)


def test_a_call_beyond_its_deadline_is_cancelled_elsewhere() -> None:
    Waits.ended.clear()
    outcome = run(Driver("a", lifecycle=f"{__name__}:Waits"), timeout=0.1)["a"]
    assert outcome.reason == "a:start did not end within 0.1 s"
    assert outcome.stragglers == ()
    assert Waits.ended == ["a"]


class Cleans(Lifecycle):
    cleanup_after_crash = True
    calls: ClassVar[list[str]] = []

    def start(self, context: Context) -> None:
        self.calls.append("start")

    def cleanup(self, context: Context) -> None:
        self.calls.append("cleanup")


@pytest.mark.parametrize("reference", [Cleans, f"{__name__}:Cleans"])
@pytest.mark.parametrize("orphaned", [True, False])
def test_cleanup_after_a_crash_is_as_the_class_elsewhere_asks(reference: type[Lifecycle] | str, orphaned: bool) -> None:
    Cleans.calls.clear()
    assert run(Driver("a", lifecycle=reference), orphaned=frozenset({"a"} if orphaned else ())).ok
    assert Cleans.calls[: 1 + orphaned] == (["cleanup", "start"] if orphaned else ["start"])


class GetsLost(Lifecycle):
    def start(self, context: Context) -> None:
        context.lost("the cable was cut")

    def stop(self, context: Context) -> None:
        raise LostError("it had gone")


def test_a_driver_that_is_lost_elsewhere_fails_with_its_reason() -> None:
    async def main() -> Report:
        plan = DependencyGraph([Driver("a", lifecycle=f"{__name__}:GetsLost")]).collapse()
        executor = Executor(plan, engine=ENGINE)
        await executor.start()
        while executor.report()["a"].state is State.READY:  # noqa: ASYNC110  the executor has no event for it
            await asyncio.sleep(0.01)
        return await executor.stop()

    assert asyncio.run(main())["a"].reason == "the cable was cut"


def test_a_driver_of_the_same_plan_without_a_lifecycle_can_be_looked_up() -> None:
    Records.calls.clear()
    drivers = (
        Driver("secret"),
        Driver("a", phases=PHASES, lifecycle=NAME, dependencies=(after("secret"), wants("absent"))),
    )
    assert run(*drivers).ok
    (looked_up,) = [call[2] for call in Records.calls if call[1] == "auto-start"]
    assert isinstance(looked_up, list)
    found, absent = looked_up
    assert type(found) is Lifecycle
    assert absent is None


def test_a_process_runs_on_the_other_side() -> None:
    report = run(Driver("a", process=Process(("sleep", "600"))))
    assert report.ok
    assert report["a"].stopped


def test_only_a_lost_error_keeps_its_kind() -> None:
    assert isinstance(RemoteFailure.of(LostError("gone")).error(), LostError)
    assert str(RemoteFailure.of(ValueError("a\nb")).error()) == "ValueError: a b"
    assert str(RemoteFailure.of(ValueError()).error()) == "ValueError"


class Monitor(Lifecycle):
    """Publishes in each of its calls, the last time in the step that ends the call."""

    async def start(self, context: Context) -> None:
        context.publish("address", f"of {context.driver}")
        await asyncio.sleep(0)
        context.publish("key", {"secret": "AQB-of-monitors"}, secret=True)


class Threaded(Lifecycle):
    def start(self, context: Context) -> None:
        context.publish("address", f"of {context.driver}, from a thread")


class Reader(Lifecycle):
    found: ClassVar[list[object]] = []

    def start(self, context: Context) -> None:
        context.publish("own", 1)
        self.found.append(context.values("mon@*", "address", str))
        self.found.append(context.value("mon@a", "key", dict[str, str]))
        self.found.append(context.value("absent", "address"))

    def stop(self, context: Context) -> None:
        self.found.append(context.value(context.driver, "own"))


def test_values_cross_from_host_to_host() -> None:
    Reader.found.clear()
    drivers = (
        Driver("mon@a", host="a", lifecycle=f"{__name__}:Monitor"),
        Driver("mon@b", host="b", lifecycle=f"{__name__}:Threaded"),
        Driver("osd", host="c", lifecycle=f"{__name__}:Reader", dependencies=(requires("mon@*"), wants("absent"))),
    )
    report = run(*drivers)
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    assert Reader.found == [
        {"mon@a": "of mon@a", "mon@b": "of mon@b, from a thread"},
        {"secret": "AQB-of-monitors"},
        None,
        1,
    ]


class Peeping(Lifecycle):
    def start(self, context: Context) -> None:
        if context.settings["value"] == "lifecycle":
            context.get("mon")
        else:
            context.value("other", "address")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("lifecycle", "osd:start looked up the lifecycle of 'mon', which is on a and not on b; publish"),
        ("value", "undeclared dependency: osd:start looked up 'other'"),
    ],
)
def test_what_is_elsewhere_or_undeclared_is_refused_there(what: str, reason: str) -> None:
    drivers = (
        Driver("other", lifecycle=f"{__name__}:Monitor"),
        Driver("mon", host="a", lifecycle=f"{__name__}:Monitor"),
        Driver("osd", host="b", lifecycle=f"{__name__}:Peeping", dependencies=(requires("mon"),)),
    )
    assert run(*drivers, settings={"osd": what})["osd"].reason.startswith(reason)


class Early(Lifecycle):
    def initialize(self, context: Context) -> None:
        """Use nothing of what is declared for the other phase."""

    def autostart(self, context: Context) -> None:
        context.get("mon", Monitor)


def test_what_is_declared_for_a_later_phase_fails_no_earlier_one() -> None:
    early = Driver(
        "early",
        phases=("initialize", "autostart"),
        lifecycle=f"{__name__}:Early",
        dependencies=(requires("mon", phase="autostart"),),
    )
    report = run(Driver("mon", lifecycle=f"{__name__}:Monitor"), early)
    assert report.ok, report["early"].reason


class Unshowable(Exception):  # noqa: N818  it is not even that
    def __str__(self) -> str:
        raise SystemExit


def test_an_exception_that_cannot_be_shown_is_described() -> None:
    assert RemoteFailure.of(Unshowable()).message == "Unshowable: it cannot be shown"
    assert RemoteFailure.of(SystemExit(3)).message == "it exited with 3"
