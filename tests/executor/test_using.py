"""The short ways to use a run: a context manager, a function for those without a loop, an exception for a failure."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import pytest

import tierdeps
from tierdeps import Context, Driver, Executor, Lifecycle, RunFailedError, requires, wants
from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.errors import DeclarationError
from tierdeps.graph import DependencyGraph
from tierdeps.model import OnFailure, Policy, Report, State

if TYPE_CHECKING:
    from tests.executor.conftest import World


async def fail(context: Context) -> NoReturn:
    raise ValueError("no disk")


def test_a_run_is_started_and_stopped_around_a_block(world: World) -> None:
    async def main() -> None:
        async with world.executor(world.plan([world.driver("a"), world.driver("b", requires("a"))])) as run:
            assert run.report()["b"].state is State.READY
            world.log.append("body")

    run_virtually(main())
    assert world.log.index("b:start done") < world.log.index("body") < world.log.index("b:stop")
    assert world.stops == ["b", "a"]


def test_a_block_is_not_entered_where_the_start_fails(world: World) -> None:
    world.deeds["b:start"] = fail

    async def main() -> None:
        async with world.executor(world.plan([world.driver("a"), world.driver("b", requires("a"))])):
            world.log.append("body")

    with pytest.raises(RunFailedError, match="the run failed: b: ValueError: no disk"):
        run_virtually(main())
    assert "body" not in world.log
    assert world.stops == ["b", "a"]


@pytest.mark.parametrize("policy", [OnFailure.ABORT, OnFailure.ISOLATE])
def test_nothing_is_left_running_where_a_block_is_not_entered(world: World, policy: OnFailure) -> None:
    world.deeds["bad:start"] = fail

    async def main() -> None:
        async with world.executor(world.plan([world.driver("a"), world.driver("bad")]), on_failure=policy):
            pass

    with pytest.raises(RunFailedError):
        run_virtually(main())
    assert sorted(world.stops) == ["a", "bad"]


def test_what_a_block_raises_is_raised_once_all_is_stopped(world: World) -> None:
    world.deeds["a:stop"] = fail

    async def main() -> None:
        async with world.executor(world.plan([world.driver("a")])):
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run_virtually(main())
    assert world.stops == ["a"]


def test_a_stop_that_goes_wrong_is_raised_at_the_end_of_a_block(world: World) -> None:
    world.deeds["a:stop"] = fail

    async def main() -> None:
        async with world.executor(world.plan([world.driver("a")])):
            pass

    with pytest.raises(RunFailedError, match="a: stop: ValueError: no disk") as raised:
        run_virtually(main())
    assert raised.value.failures == (("a", "stop: ValueError: no disk"),)


def test_a_report_of_what_went_well_raises_nothing(world: World) -> None:
    world.start_and_stop(world.plan([world.driver("a")])).raise_for_failure()


def test_an_ignored_failure_is_none(world: World) -> None:
    world.deeds["bad:start"] = fail
    plan = world.plan([world.driver("a"), world.driver("bad", policy=Policy(on_failure=OnFailure.IGNORE))])
    world.start_and_stop(plan).raise_for_failure()


def test_a_problem_of_the_run_as_a_whole_is_raised_too(world: World) -> None:
    report = world.start(world.plan([world.driver("a", requires("b")), world.driver("b")]), deadline=1.5)
    with pytest.raises(RunFailedError, match=r"the start did not end within 1\.5 s") as raised:
        report.raise_for_failure()
    assert raised.value.problem == report.problem


def test_an_interrupted_start_is_a_failure(world: World) -> None:
    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a")]))
        asyncio.get_running_loop().call_later(0.5, executor.request_stop)
        return await executor.start()

    with pytest.raises(RunFailedError, match="it was stopped before all drivers were ready"):
        run_virtually(main()).raise_for_failure()


class Fleeting(Lifecycle):
    async def start(self, context: Context) -> None:
        asyncio.get_running_loop().call_later(0.05, context.lost, "gone")


def test_a_plan_is_run_without_a_loop_until_it_is_over() -> None:
    report = tierdeps.run(DependencyGraph([Driver("a", lifecycle=Fleeting), Driver("b")]).collapse())
    assert (report["a"].state, report["a"].reason, report["b"].stopped) == (State.FAILED, "gone", True)


def test_a_plan_that_does_not_start_is_not_waited_for() -> None:
    class Broken(Lifecycle):
        async def start(self, context: Context) -> None:
            raise OSError("no disk")

    plan = DependencyGraph([Driver("a", lifecycle=Broken), Driver("b")]).collapse()
    report = tierdeps.run(plan, on_failure="isolate")
    assert report["a"].reason == "OSError: no disk"
    assert report["b"].stopped


class Secret(Lifecycle):
    word = "sesame"

    async def probe(self, context: Context) -> str | None:
        return context.settings.get("skip")  # type: ignore[return-value]  # text, or nothing


class Reader(Lifecycle):
    async def start(self, context: Context) -> None:
        assert context.get("secret", Secret).word == "sesame"


class Mistaken(Lifecycle):
    async def start(self, context: Context) -> None:
        context.get("secret", Reader)


def look_up(kind: type[Lifecycle], *drivers: Driver, needs: object = None, **options: object) -> Report:
    reader = Driver("reader", lifecycle=kind, dependencies=(needs or requires("secret"),))  # type: ignore[arg-type]
    plan = DependencyGraph([*drivers, reader]).collapse()

    async def main() -> Report:
        return await Executor(plan, engine=INLINE, **options).start()  # type: ignore[arg-type]

    return run_virtually(main())


def test_a_look_up_with_a_class_returns_an_instance_of_it() -> None:
    assert look_up(Reader, Driver("secret", lifecycle=Secret)).ok


def test_a_look_up_with_another_class_fails_and_names_both() -> None:
    report = look_up(Mistaken, Driver("secret", lifecycle=Secret))
    assert report["reader"].reason == (
        "reader:start looked up 'secret' as Reader, and it is Secret; name that class, or correct the driver 'secret'"
    )


def test_a_look_up_with_a_class_is_never_none() -> None:
    report = look_up(Reader, needs=wants("secret"))
    assert report["reader"].reason == (
        "reader:start looked up 'secret', which is not there: it is absent, disabled, skipped or failed; where it may"
        " be so, look it up without a class: context.get('secret')"
    )


@pytest.mark.parametrize("policy", [None, "abort", OnFailure.ABORT])
def test_a_policy_that_is_none_is_refused_where_it_is_declared(policy: object) -> None:
    with pytest.raises(DeclarationError, match="policy of driver 'a'"):
        Driver("a", policy=policy)  # type: ignore[arg-type]  # what types forbid
