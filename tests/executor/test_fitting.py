"""What does not fit, and what a method must not return, fails its driver by name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps import Context, DependencyGraph, Driver, Executor, Lifecycle, requires
from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.model import Plan, Policy, Report, State
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tierdeps.executor.changes.reload import ReloadResult


def plan_of(*drivers: Driver) -> Plan:
    return DependencyGraph(drivers).collapse()


def run(plan: Plan, **options: Any) -> Report:
    async def main() -> Report:
        executor = Executor(plan, engine=INLINE, on_failure="isolate", **options)
        await executor.start()
        return await executor.stop()

    return run_virtually(main())


class Misspelt(Lifecycle):
    made = 0

    async def probe(self, context: Context) -> str | None:
        raise AssertionError("nothing of it is called")

    async def initialise(self, context: Context) -> None: ...


def test_a_lifecycle_that_does_not_fit_fails_before_anything_of_it_is_called() -> None:
    report = run(plan_of(Driver("a", phases=("initialize",), lifecycle=Misspelt), Driver("b", lifecycle=Lifecycle)))
    assert report["a"].state is State.FAILED
    assert report["a"].reason == (
        "the lifecycle of 'a', 'Misspelt', does not fit its phases: Misspelt.initialise is never called, and the"
        " phase initialize has no method; did you mean initialize?"
    )
    assert report["b"].state is State.READY
    assert not report["a"].begun


def test_one_that_is_named_fails_once_it_is_imported() -> None:
    reference = f"{__name__}:Misspelt"
    report = run(plan_of(Driver("a", phases=("initialize",), lifecycle=reference)))
    assert report["a"].reason.startswith(f"the lifecycle of 'a', {reference!r}, does not fit its phases: ")


class Generating(Lifecycle):
    def start(self, context: Context) -> Iterator[None]:
        yield


class Bare(Lifecycle):
    async def start(self) -> None: ...


class Asking(Lifecycle):
    async def start(self, context: Context) -> None: ...
    async def stop(self, context: Context, hard: bool) -> None: ...  # type: ignore[override]


class Strange(Lifecycle):
    async def start(self, context: Context) -> None: ...
    async def bring_everything_up(self, context: Context) -> None: ...


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("lifecycle", [Generating, Bare, Asking, Strange])
def test_all_that_does_not_fit_is_refused(lifecycle: type[Lifecycle], *, named: bool) -> None:
    reference = f"{__name__}:{lifecycle.__name__}" if named else lifecycle
    report = run(plan_of(Driver("a", lifecycle=reference)))
    assert report["a"].state is State.FAILED
    assert f"does not fit its phases: {lifecycle.__name__}." in report["a"].reason


@pytest.mark.parametrize(
    "settings",
    [Settings(ignore=("TD3",)), Settings(severity={"TD304": "warning"}), Settings(severity={"TD304": "off"})],
)
def test_settings_that_ignore_the_rule_let_it_start(settings: Settings) -> None:
    plan = plan_of(Driver("a", lifecycle=Strange))
    assert run(plan, settings=settings)["a"].state is State.READY
    assert run(plan)["a"].state is State.FAILED


def test_a_generator_is_found_whatever_the_settings_say() -> None:
    report = run(plan_of(Driver("a", lifecycle=Generating)), settings=Settings(ignore=("TD304",)))
    assert report["a"].reason == "start returned a generator, which never runs; remove the yield"


class Shared(Lifecycle):
    async def initialize(self, context: Context) -> None: ...
    async def come_online(self, context: Context) -> None: ...


@pytest.mark.parametrize("named", [False, True])
def test_a_part_of_a_plan_knows_the_phases_of_the_rest(*, named: bool) -> None:
    reference = f"{__name__}:Shared" if named else Shared
    one = Driver("one", phases=("initialize",), lifecycle=reference)
    two = Driver("two", phases=("initialize", "come-online"), lifecycle=reference)
    plan = plan_of(one, two)
    assert run(plan).ok
    assert run(plan.subset(["one"])).ok
    assert run(plan.subset(["one"]).subset(["one"])).ok
    assert not run(plan_of(one)).ok


class Kept(Lifecycle):
    pass


def test_what_does_nothing_is_refused_unless_others_may_look_it_up() -> None:
    kept = Driver("kept", lifecycle=Kept)
    assert not run(plan_of(kept)).ok
    assert run(plan_of(kept, Driver("user", dependencies=(requires("kept"),)))).ok
    assert run(plan_of(kept, Driver("user", dependencies=(requires("kept", when="fact"),)))).ok


def test_a_class_of_very_many_drivers_is_looked_at_once() -> None:
    class Counted(Lifecycle):
        async def start(self, context: Context) -> None: ...

    class Kind(type(Counted)):  # type: ignore[misc]
        looks = 0

        def __getattribute__(cls, name: str) -> Any:
            if name == "__mro__":
                Kind.looks += 1
            return super().__getattribute__(name)

    lifecycle: type[Lifecycle] = Kind("Watched", (Counted,), {})
    assert run(plan_of(Driver("a", lifecycle=lifecycle))).ok
    once = Kind.looks
    assert run(plan_of(*(Driver(f"d{number}", lifecycle=lifecycle) for number in range(100)))).ok
    assert Kind.looks == once > 0


# What methods return


def iter_nothing() -> Iterator[None]:
    yield


def returning(result: Callable[[], object], *, verb: str = "start", plain: bool = False) -> type[Lifecycle]:
    def method(self: Lifecycle, context: Context) -> Any:
        return result()

    async def async_method(self: Lifecycle, context: Context) -> Any:
        return result()

    async def start(self: Lifecycle, context: Context) -> None: ...

    return type("Returning", (Lifecycle,), {"start": start, verb: method if plain else async_method})


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("phases", [("start",), ("start", "autostart")])
@pytest.mark.parametrize(
    ("result", "said"),
    [
        (lambda: False, "start returned False; "),
        (lambda: "no disk", "start returned 'no disk'; "),
        (lambda: OSError("no disk"), "start returned an OSError instead of raising it; raise it"),
        (iter_nothing, "start returned a generator, which never runs; "),
    ],
)
def test_a_phase_that_returns_something_fails(
    result: Callable[[], object], said: str, phases: tuple[str, ...], *, plain: bool
) -> None:
    report = run(plan_of(Driver("a", phases=phases, lifecycle=returning(result, plain=plain))))
    assert report["a"].state is State.FAILED
    assert report["a"].reason.startswith(said)


def test_a_coroutine_that_nobody_awaits_is_named() -> None:
    report = run(plan_of(Driver("a", lifecycle=returning(lambda: asyncio.sleep(0)))))
    assert report["a"].reason == "start returned a coroutine that was never awaited; await it"


def test_what_a_plain_method_returns_is_awaited_and_then_looked_at() -> None:
    async def later() -> int:
        await asyncio.sleep(1)
        return 5

    assert run(plan_of(Driver("a", lifecycle=returning(later, plain=True))))["a"].reason.startswith(
        "start returned 5; "
    )
    assert run(plan_of(Driver("a", lifecycle=returning(lambda: asyncio.sleep(1), plain=True)))).ok


def test_a_phase_that_waits_and_then_returns_something_fails() -> None:
    class Slow(Lifecycle):
        async def start(self, context: Context) -> bool:
            await asyncio.sleep(1)
            return False

    assert run(plan_of(Driver("a", lifecycle=Slow)))["a"].reason.startswith("start returned False; ")


def test_a_wrong_result_is_not_tried_again() -> None:
    calls = []

    class Again(Lifecycle):
        async def start(self, context: Context) -> bool:
            calls.append(context)
            return False

    run(plan_of(Driver("a", lifecycle=Again, policy=Policy(retries=3))))
    assert len(calls) == 1


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    ("verb", "result", "reason"),
    [
        ("probe", True, "probe returned True; return a reason as text, or None"),
        ("probe", 0, "probe returned 0; return a reason as text, or None"),
        ("probe", ["no disk"], "probe returned a list; return a reason as text, or None"),
        ("adopt", "yes", "adopt returned 'yes'; return True or False"),
        ("adopt", "", "adopt returned ''; return True or False"),
    ],
)
def test_an_answer_of_another_type_fails_the_driver(verb: str, result: object, reason: str, *, plain: bool) -> None:
    report = run(plan_of(Driver("a", lifecycle=returning(lambda: result, verb=verb, plain=plain))))
    assert (report["a"].state, report["a"].reason) == (State.FAILED, reason)


@pytest.mark.parametrize(
    ("verb", "result", "state"),
    [
        ("probe", None, State.READY),
        ("probe", "", State.READY),
        ("probe", "no disk", State.SKIPPED),
        ("adopt", None, State.READY),
        ("adopt", False, State.READY),
        ("adopt", True, State.ADOPTED),
    ],
)
def test_an_answer_of_the_right_type_counts(verb: str, result: object, state: State) -> None:
    assert run(plan_of(Driver("a", lifecycle=returning(lambda: result, verb=verb))))["a"].state is state


def test_a_reload_that_returns_something_went_wrong() -> None:
    plan = plan_of(Driver("a", lifecycle=returning(lambda: "not now", verb="reload")))

    async def main() -> ReloadResult:
        executor = Executor(plan, engine=INLINE)
        await executor.start()
        reloaded = await executor.reload(plan, Settings(drivers={"a": {"speed": 2}}))
        await executor.stop()
        return reloaded

    reloaded = run_virtually(main())
    assert not reloaded.ok
    assert reloaded.failed is not None
    assert "a: reload returned 'not now'; return nothing" in reloaded.failed.problem


@pytest.mark.parametrize("verb", ["stop", "cleanup"])
def test_a_stop_that_returns_something_went_wrong(verb: str) -> None:
    report = run(plan_of(Driver("a", lifecycle=returning(lambda: asyncio.sleep(0), verb=verb))))
    assert report["a"].stop_error == f"{verb} returned a coroutine that was never awaited; await it"
    assert not report.ok
