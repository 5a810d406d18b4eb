"""What assert_conforms finds in drivers that do not keep to the contract, one fault each."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tierdeps import Context, Driver, Lifecycle, requires, wants
from tierdeps.testing import assert_conforms, run_driver
from tierdeps.testing._conformance import MAX_POINTS, _points


def faults_of(lifecycle: type[Lifecycle] | str, *dependencies: Any, **options: Any) -> str:
    driver = Driver("tried", dependencies=dependencies, lifecycle=lifecycle)
    with pytest.raises(AssertionError) as caught:
        assert_conforms(driver, **options)
    return str(caught.value)


class Model(Lifecycle):
    """One that does everything right."""

    running: ClassVar[set[str]] = set()

    async def probe(self, context: Context) -> str | None:
        await asyncio.sleep(1)
        return None

    async def adopt(self, context: Context) -> bool:
        return "tried" in self.running

    async def start(self, context: Context) -> None:
        await asyncio.sleep(1)
        self.work = asyncio.create_task(asyncio.sleep(1e6))
        self.file = Path(__file__).open()  # noqa: ASYNC230, SIM115  closed when it stops
        self.running.add("tried")
        await asyncio.sleep(1)
        context.get("needed")

    async def stop(self, context: Context) -> None:
        self.running.discard("tried")
        if hasattr(self, "work"):
            self.file.close()
            self.work.cancel()
            with suppress(asyncio.CancelledError):
                await self.work


def test_a_driver_that_does_all_right_conforms() -> None:
    driver = Driver("tried", dependencies=(requires("needed"), wants("nice")), lifecycle=Model)
    found = assert_conforms(driver)
    assert found.tried == (
        "is declared validly",
        "starts and stops",
        "starts without what it only wants",
        "can be stopped after any phase failed",
        "adopts what runs already",
        "can be cut short at each await",
    )
    assert found.points == 3
    assert found.skipped == ""


def test_only_what_applies_is_reported_as_tested() -> None:
    found = assert_conforms(Driver("tried"))
    assert found.tried == ("is declared validly", "starts and stops", "can be stopped after any phase failed")
    assert found.points == 0


def test_a_phase_that_it_does_not_have() -> None:
    assert "its declaration: TD107" in faults_of(Model, requires("needed", phase="autostart"))


def test_a_dependency_on_itself() -> None:
    assert "its declaration: TD109" in faults_of(Model, requires("tried"))


def test_a_lifecycle_that_cannot_be_imported() -> None:
    assert "TD304: the lifecycle of tried, 'no.such:Thing', cannot be imported" in faults_of("no.such:Thing")


def test_a_look_up_that_was_not_declared() -> None:
    class Curious(Lifecycle):
        async def start(self, context: Context) -> None:
            context.get("other")

    assert "undeclared dependency: tried:start looked up 'other'; add requires('other'" in faults_of(Curious)


def test_a_wanted_dependency_that_it_cannot_do_without() -> None:
    class Greedy(Lifecycle):
        async def start(self, context: Context) -> None:
            assert context.get("nice") is not None

    assert "without nice, which it only wants, it does not start" in faults_of(Greedy, wants("nice"))


def test_a_stop_that_relies_on_what_may_not_have_started() -> None:
    class Hasty(Lifecycle):
        async def start(self, context: Context) -> None:
            self.work = 1

        async def stop(self, context: Context) -> None:
            del self.work

    assert "after start failed, its stop goes wrong: AttributeError" in faults_of(Hasty)


def test_a_task_left_behind() -> None:
    class Leaky(Lifecycle):
        async def start(self, context: Context) -> None:
            self.work = asyncio.create_task(asyncio.sleep(1e6), name="its work")

    assert "started and stopped, it leaves behind the task 'its work'" in faults_of(Leaky)


def test_a_thread_left_behind() -> None:
    enough = threading.Event()

    class Leaky(Lifecycle):
        def start(self, context: Context) -> None:
            threading.Thread(target=enough.wait, name="its thread", daemon=True).start()

    try:
        assert "it leaves behind the thread 'its thread'" in faults_of(Leaky)
    finally:
        enough.set()


def test_a_file_left_open() -> None:
    kept = []

    class Leaky(Lifecycle):
        def start(self, context: Context) -> None:
            kept.append(Path(__file__).open())  # noqa: SIM115  this is the fault

    try:
        assert "it leaves behind the open file" in faults_of(Leaky)
    finally:
        for file in kept:
            file.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are found through /proc")
def test_a_process_left_behind() -> None:
    kept = []

    class Leaky(Lifecycle):
        def start(self, context: Context) -> None:
            command = [sys.executable, "-c", "import time; time.sleep(60)"]
            kept.append(subprocess.Popen(command))

    try:
        assert "it leaves behind the process" in faults_of(Leaky)
    finally:
        for process in kept:
            process.kill()
            process.wait()


def test_a_resource_that_is_lost_when_the_start_is_interrupted() -> None:
    class Careless(Lifecycle):
        async def start(self, context: Context) -> None:
            work = asyncio.create_task(asyncio.sleep(1e6), name="its work")
            await asyncio.sleep(1)
            self.work = work

        async def stop(self, context: Context) -> None:
            if hasattr(self, "work"):
                self.work.cancel()

    said = faults_of(Careless)
    assert "cut short at await 1 of 1, it leaves behind the task 'its work'" in said
    assert "started and stopped" not in said


def test_a_start_that_does_not_let_itself_be_cancelled() -> None:
    class Stubborn(Lifecycle):
        async def start(self, context: Context) -> None:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                await asyncio.sleep(1e5)

    assert "cut short at await 1 of 1, tried:start was still running 30 s after it was cancelled" in faults_of(Stubborn)


def test_one_that_does_not_recognise_what_runs() -> None:
    class Blind(Lifecycle):
        async def adopt(self, context: Context) -> bool:
            return False

    assert "started a second time, it does not adopt what runs, but is ready" in faults_of(Blind)


def test_one_that_adopts_what_nobody_started() -> None:
    class Dreamer(Lifecycle):
        async def adopt(self, context: Context) -> bool:
            return True

    assert "adopt says that it is running already, before anything was started" in faults_of(Dreamer)


def test_an_answer_of_the_wrong_type() -> None:
    class Vague(Lifecycle):
        async def adopt(self, context: Context) -> bool:
            return ""  # type: ignore[return-value]

    assert "it does not start: adopt returned ''; return True or False" in faults_of(Vague)


class Elsewhere(Lifecycle):
    def probe(self, context: Context) -> str:
        return "there is no Xen here"


def test_a_skipped_driver_has_not_been_tested() -> None:
    said = faults_of(Elsewhere)
    assert "it is skipped here (there is no Xen here), so nothing more can be tried" in said


def test_one_may_be_skipped_and_says_why() -> None:
    found = assert_conforms(Driver("tried", lifecycle=Elsewhere), may_be_skipped=True)
    assert found.skipped == "there is no Xen here"


def test_a_wait_that_cannot_end_on_the_virtual_clock_is_explained() -> None:
    class Threaded(Lifecycle):
        async def start(self, context: Context) -> None:
            await asyncio.to_thread(time.sleep, 0.05)

    assert "a driver that does so is tried with real_time=True" in faults_of(Threaded)
    assert assert_conforms(Driver("tried", lifecycle=Threaded), real_time=True).points == 1


def test_a_process_of_its_own_is_no_fault_once_it_is_stopped() -> None:
    class Real(Lifecycle):
        async def start(self, context: Context) -> None:
            self.process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)")

        async def stop(self, context: Context) -> None:
            if hasattr(self, "process"):
                self.process.kill()
                await self.process.wait()

    trial = run_driver(Driver("tried", lifecycle=Real), real_time=True)
    assert (trial.state, trial.outcome.stop_error, trial.left) == ("ready", "", ())


def test_every_fault_is_reported_at_once() -> None:
    class Bad(Lifecycle):
        async def start(self, context: Context) -> None:
            context.get("other")

        async def stop(self, context: Context) -> None:
            raise ValueError("no")

    said = faults_of(Bad).splitlines()
    assert said[0] == "the driver 'tried' does not conform:"
    assert len(said) == 3


def test_of_very_many_points_some_are_tested() -> None:
    assert _points(3) == (1, 2, 3)
    many = _points(10 * MAX_POINTS)
    assert len(set(many)) == MAX_POINTS
    assert (many[0], many[-1]) == (1, 10 * MAX_POINTS)


class RaisesInStart(Lifecycle):
    async def start(self, context: Context) -> None:
        raise OSError("no pool")


class RaisesInStop(Lifecycle):
    def stop(self, context: Context) -> None:
        raise OSError("no pool")


class RaisesWhenMade(Lifecycle):
    def __init__(self) -> None:
        raise OSError("no pool")


@pytest.mark.parametrize("real_time", [True, False])
@pytest.mark.parametrize("kind", [RaisesInStart, RaisesInStop, RaisesWhenMade])
def test_what_the_driver_raised_is_the_cause(kind: type[Lifecycle], real_time: bool) -> None:
    with pytest.raises(AssertionError, match="no pool") as raised:
        assert_conforms(Driver("a", lifecycle=kind), real_time=real_time)
    cause = raised.value.__cause__
    assert isinstance(cause, OSError)
    assert cause.__traceback__ is not None
    assert cause.__traceback__.tb_frame.f_code.co_filename == __file__, "the driver's frame is the first one"


def test_what_is_wrong_without_an_exception_has_no_cause() -> None:
    with pytest.raises(AssertionError) as raised:
        assert_conforms(Driver("a", lifecycle="nowhere:Nothing"), fakes=[Driver("a")])
    assert raised.value.__cause__ is None


class Misnamed(Lifecycle):
    async def strat(self, context: Context) -> None: ...


class Yielding(Lifecycle):
    async def start(self, context: Context) -> Any:
        yield


class Contextless(Lifecycle):
    async def start(self) -> None: ...


class Unmade(Lifecycle):
    def __init__(self, host: str) -> None: ...
    async def start(self, context: Context) -> None: ...


class Idle(Lifecycle):
    pass


class Uncalled(Lifecycle):
    async def start(self, context: Context) -> None: ...
    async def bring_up_the_rest(self, context: Context) -> None: ...


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(
    ("lifecycle", "fault"),
    [
        (Misnamed, "Misnamed.strat is never called, and the phase start has no method; did you mean start?"),
        (Yielding, "Yielding.start is an async generator"),
        (Contextless, "Contextless.start(self) cannot be called with one argument, a context"),
        (Unmade, "cannot be instantiated without arguments: its constructor requires host"),
        (Idle, "Idle has no method for its only phase (start), so starting it does nothing"),
        (Uncalled, "Uncalled.bring_up_the_rest takes a context, but nothing calls it"),
        (dict, "is not a subclass of tierdeps.Lifecycle"),
    ],
)
def test_a_lifecycle_that_does_not_fit(lifecycle: Any, fault: str, *, named: bool) -> None:
    reference = f"{lifecycle.__module__}:{lifecycle.__name__}" if named else lifecycle
    found = faults_of(reference)
    assert "- its declaration: TD304: the lifecycle of tried" in found
    assert fault in found


def test_a_fake_that_does_not_fit_is_none_of_the_drivers_faults() -> None:
    class Fake(Lifecycle):
        pass

    assert_conforms(Driver("tried", dependencies=(requires("needed"),)), fakes=[Driver("needed", lifecycle=Fake)])


def test_a_phase_that_returns_something() -> None:
    class Vague(Lifecycle):
        async def start(self, context: Context) -> bool:
            return False

    assert "it does not start: start returned False; return nothing" in faults_of(Vague)


def test_a_probe_that_returns_a_yes() -> None:
    class Vague(Lifecycle):
        def probe(self, context: Context) -> Any:
            return True

    assert "it does not start: probe returned True; return a reason as text, or None" in faults_of(Vague)


def test_a_stop_that_awaits_nothing() -> None:
    class Forgetful(Lifecycle):
        async def start(self, context: Context) -> None: ...
        async def stop(self, context: Context) -> Any:
            return asyncio.sleep(0)

    assert "its stop goes wrong: stop returned a coroutine that was never awaited; await it" in faults_of(Forgetful)
