"""Lifecycles in this process, on real time and in real threads."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Driver, Process, Report, State, requires

if TYPE_CHECKING:
    from tierdeps.lifecycle import Context


def run(*drivers: Driver, **options: Any) -> Report:
    async def main() -> Report:
        executor = Executor(DependencyGraph(drivers).collapse(), **options)
        await executor.start()
        return await executor.stop()

    return asyncio.run(main())


class Plain(Lifecycle):
    threads: list[threading.Thread]

    def start(self, context: Context) -> None:
        self.threads.append(threading.current_thread())

    def stop(self, context: Context) -> None:
        self.threads.append(threading.current_thread())


def test_plain_methods_run_in_daemon_threads() -> None:
    Plain.threads = []
    assert run(Driver("a", lifecycle=Plain)).ok
    assert len(Plain.threads) == 2
    assert all(thread.daemon and thread is not threading.main_thread() for thread in Plain.threads)


class Sleeper(Lifecycle):
    def start(self, context: Context) -> None:
        time.sleep(0.2)


def test_as_many_plain_methods_run_at_a_time_as_are_ready() -> None:
    report = run(*(Driver(f"d{number}", lifecycle=Sleeper) for number in range(100)))
    assert report.ok
    assert report.seconds < 5  # one after another it would take 20


class Hanging(Lifecycle):
    let_go = threading.Event()

    def start(self, context: Context) -> None:
        self.let_go.wait(60)


def test_a_plain_method_that_hangs_is_named_and_left_behind() -> None:
    try:
        report = run(
            Driver("a", lifecycle=Hanging), Driver("b", dependencies=(requires("a"),)), timeout=0.1, stop_timeout=0.1
        )
    finally:
        Hanging.let_go.set()
    assert report["a"].reason == "a:start did not end within 0.1 s"
    assert report["a"].stragglers == ("a:start was still running 0.1 s after it was cancelled",)
    assert report["b"].state is State.BLOCKED


class Polite(Lifecycle):
    def start(self, context: Context) -> None:
        while not context.cancelled:
            time.sleep(0.01)


def test_a_plain_method_can_see_that_it_is_cancelled() -> None:
    report = run(Driver("a", lifecycle=Polite), timeout=0.1, stop_timeout=30)
    assert report["a"].state is State.FAILED
    assert report["a"].stragglers == ()


class Disguised(Lifecycle):
    done = False

    def start(self, context: Context) -> Any:
        async def really() -> None:
            await asyncio.sleep(0)
            Disguised.done = True

        return really()


def test_what_a_plain_method_gives_is_awaited_where_it_can_be() -> None:
    assert run(Driver("a", lifecycle=Disguised)).ok
    assert Disguised.done


class Exiting(Lifecycle):
    def start(self, context: Context) -> None:
        sys.exit("no licence")


def test_exiting_in_a_thread_fails_the_driver() -> None:
    assert run(Driver("a", lifecycle=Exiting))["a"].reason == "it exited with no licence"


class NeedsArguments(Lifecycle):
    def __init__(self, host: str) -> None: ...


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("json", 'is not "package.module:Class"'),
        ("json:Nothing", "cannot be found: json has no Nothing"),
        ("json:JSONDecoder", "is not a subclass of tierdeps.Lifecycle"),
        (NeedsArguments, "cannot be made: TypeError"),
    ],
)
def test_what_is_no_lifecycle_is_reported_in_one_sentence(reference: Any, reason: str) -> None:
    report = run(Driver("a", lifecycle=reference))
    assert reason in report["a"].reason
    assert report["a"].reason.startswith("the lifecycle of 'a', ")


def test_a_lifecycle_is_imported_by_its_name() -> None:
    assert run(Driver("a", lifecycle=f"{__name__}:Sleeper")).ok


def test_a_phase_never_becomes_a_method_of_pythons_own() -> None:
    assert run(Driver("a", lifecycle=Sleeper, phases=("start", "--init--"))).ok


def test_a_process_is_not_taken_for_nothing() -> None:
    report = run(Driver("a", process=Process(("false",), "exit")))
    assert report["a"].state is State.FAILED


HANGS = """
import asyncio, time
from tierdeps import DependencyGraph, Driver, Executor, Lifecycle
class Hangs(Lifecycle):
    def start(self, context):
        time.sleep(600)
async def main():
    plan = DependencyGraph([Driver("a", lifecycle=Hangs)]).collapse()
    print((await Executor(plan, timeout=0.1, stop_timeout=0.1).start()).root_causes[0].reason)
asyncio.run(main())
"""


def test_the_process_exits_in_spite_of_a_thread_that_hangs() -> None:
    done = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "a:start did not end within 0.1 s\n"
