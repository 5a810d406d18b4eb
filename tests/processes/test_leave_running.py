"""Processes that are left running: they outlive the run, their output is in files, and a later run adopts them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.obstacles import IN_PLACE_OF_A_FILE, IN_PLACE_OF_A_FOLDER, Obstacle, each
from tests.processes.conftest import LISTEN, PYTHON, Trace, until
from tierdeps import DependencyGraph, Driver, Executor, local_engine
from tierdeps.model import Process, Report, State
from tierdeps.processes.proc import DRIVER, INSTANCE

if TYPE_CHECKING:
    from collections.abc import Callable


def graph(port: int) -> Driver:
    script = LISTEN.format(port=port)
    return Driver("web/1", process=Process((*PYTHON, f"print('up')\n{script}"), f"tcp:127.0.0.1:{port}"))


def left(driver: Driver, *, keep: bool = True, stop: bool = False) -> Report:
    """Start a driver of the instance ``shop``, and leave it; return the report."""

    async def main() -> Report:
        executor = Executor(DependencyGraph([driver]).collapse(), engine=local_engine("shop", keep))
        await executor.start()
        return await executor.stop() if stop else executor.release()

    return asyncio.run(main())


def output() -> str:
    (file,) = Path(os.environ["XDG_STATE_HOME"]).glob("tierdeps/processes/*/web%2F1.log")
    return file.read_text()


def test_what_is_left_runs_on_and_writes_to_a_file(port: int, trace: Trace) -> None:
    assert left(graph(port)).ok
    assert len(trace.left()) == 1
    assert output() == "up\n"
    end(trace)


def end(trace: Trace) -> None:
    trace.kill()
    os.waitpid(-1, 0)


def test_a_later_run_takes_it_as_it_is_and_does_not_stop_it(port: int, trace: Trace) -> None:
    left(graph(port))
    before = trace.left()
    report = left(graph(port), keep=False, stop=True)
    assert report["web/1"].state is State.ADOPTED
    assert trace.left() == before
    end(trace)
    report = left(graph(port), stop=True)
    assert report["web/1"].stopped


@pytest.mark.parametrize("policy", ["abort", "isolate"])
def test_one_that_was_taken_as_it_is_and_ends_has_failed(port: int, trace: Trace, policy: str) -> None:
    left(graph(port))
    (only,) = trace.left()

    async def main() -> Report:
        executor = Executor(DependencyGraph([graph(port)]).collapse(), engine=local_engine("shop"), on_failure=policy)
        report = await executor.start()
        assert report["web/1"].state is State.ADOPTED
        end(trace)
        await until(lambda: executor.report()["web/1"].state is State.FAILED)
        return await executor.stop()

    report = asyncio.run(main())
    assert report["web/1"].reason == f"process {only.pid}, which an earlier run left running, has ended"
    assert not report["web/1"].stopped
    assert not report.ok


def test_one_that_ends_just_when_it_is_asked_whether_it_is_ready_is_started_again(trace: Trace, tmp_path: Path) -> None:
    pids, mark, probe = tmp_path / "pids", tmp_path / "mark", tmp_path / "probe"
    # It is dead once it is a zombie: it is a child of this process, which does not wait for it.
    gone = "until grep -q '^State:.Z' /proc/$1/status; do sleep 0.01; done"
    probe.write_text(f"#!/bin/sh\ntest -e {mark} || exit 0\nset $(head -n1 {pids})\nkill -KILL $1\n{gone}\n")
    probe.chmod(0o755)
    driver = Driver("web/1", process=Process(("sh", "-c", f"echo $$ >> {pids}; exec sleep 1000"), f"exec:{probe}"))
    left(driver)
    mark.touch()

    async def main() -> Report:
        executor = Executor(DependencyGraph([driver]).collapse(), engine=local_engine("shop"))
        starting = asyncio.create_task(executor.start())
        await until(lambda: len(pids.read_text().split()) == 2)
        mark.unlink()
        await starting
        return await executor.stop()

    assert asyncio.run(main())["web/1"].state is State.READY
    os.waitpid(-1, os.WNOHANG)


def test_a_run_of_that_name_that_keeps_its_state_elsewhere_is_left_alone(
    trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        driver = Driver("web/1", process=Process(("sh", "-c", "echo up; exec sleep 1000"), "log:up"))
        plan = DependencyGraph([driver]).collapse()
        first, second = (Executor(plan, engine=local_engine("shop"), orphaned=["web/1"]) for _ in range(2))
        await first.start()
        before = trace.left()
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
        await second.start()
        await second.stop()
        assert trace.left() == before
        await first.stop()

    asyncio.run(main())


def test_a_process_that_is_no_longer_ready_is_neither_adopted_nor_started_twice(port: int, trace: Trace) -> None:
    script = LISTEN.format(port=port).replace("signal.pause()", "signal.signal(10, lambda *_: s.close())\n") + (
        "while True: signal.pause()"
    )
    driver = Driver("web/1", process=Process((*PYTHON, script), f"tcp:127.0.0.1:{port}"))
    left(driver)
    (only,) = trace.left()
    os.kill(only.pid, signal.SIGUSR1)

    async def refused() -> None:
        async def listens() -> bool:
            try:
                (await asyncio.open_connection("127.0.0.1", port))[1].close()
            except OSError:
                return False
            return True

        while await listens():  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.01)

    asyncio.run(refused())
    reason = left(driver, stop=True)["web/1"].reason
    assert f"an earlier run left it running, as process {only.pid}, and it is not ready" in reason
    assert "connection refused; end that process, and start again" in reason
    assert trace.left() == [only]
    end(trace)


def test_a_line_is_found_in_the_file_too() -> None:
    script = "echo boot; sleep 0.2; echo up; exec sleep 1000"
    assert left(Driver("web/1", process=Process(("sh", "-c", script), "log:up")), stop=True).ok
    assert output() == "boot\nup\n"


def test_the_output_tail_is_read_from_the_file_too() -> None:
    script = "echo boot; echo oops; exit 1"
    report = left(Driver("web/1", process=Process(("sh", "-c", script), "log:up")), stop=True)
    assert report["web/1"].reason.endswith("last output: boot | oops")


def test_nothing_is_left_on_disk_of_a_run_that_ended_well(port: int) -> None:
    left(graph(port), keep=False, stop=True)
    assert not list(Path(os.environ["XDG_STATE_HOME"]).glob("tierdeps/processes/*/*"))


def test_what_a_killed_run_left_is_ended_before_it_is_started_again(trace: Trace, tmp_path: Path) -> None:
    """Even where the guard was killed with it: there is a record."""
    from tierdeps.processes.registry import ProcessRegistry

    pids = tmp_path / "pids"
    driver = Driver("web/1", process=Process(("sh", "-c", f"echo $$ >> {pids}; echo up; exec sleep 1000"), "log:up"))

    async def main() -> None:
        plan = DependencyGraph([driver]).collapse()
        first = Executor(plan, engine=local_engine("shop"))
        await first.start()
        (only,) = trace.left()
        first.release()
        records = ProcessRegistry("shop")
        records.write("web/1", only.pid, left=False)
        records.close()
        second = Executor(plan, engine=local_engine("shop"))
        report = await second.start()
        assert report.ok
        (other,) = trace.left()
        assert other.pid != only.pid
        assert (await second.stop()).ok
        await until(lambda: not trace.left())

    asyncio.run(main())
    assert len(pids.read_text().split()) == 2


@pytest.mark.parametrize("name", ["a/../b", "x" * 300, "\u00fc\n"])
def test_any_name_of_a_driver_makes_a_file(name: str) -> None:
    async def main() -> Path:
        from tierdeps.processes.registry import ProcessRegistry

        records = ProcessRegistry("shop")
        file = records.output(name)
        assert file.parent == records.folder
        return file

    file = asyncio.run(main())
    file.touch()
    assert file.exists()


def test_its_folders_are_their_owners_alone_whatever_they_were() -> None:
    async def main() -> list[Path]:
        from tierdeps.processes.registry import ProcessRegistry

        state = Path(os.environ["XDG_STATE_HOME"], "tierdeps")
        (state / "processes").mkdir(parents=True)
        for folder in (state, state / "processes"):
            folder.chmod(0o755)
        return [state, state / "processes", ProcessRegistry("shop").folder]

    assert [folder.stat().st_mode & 0o777 for folder in asyncio.run(main())] == [0o700] * 3


def folder_of_shop() -> Path:
    async def main() -> Path:
        from tierdeps.processes.registry import ProcessRegistry

        records = ProcessRegistry("shop")
        records.close()
        return records.folder

    return asyncio.run(main())


@each(IN_PLACE_OF_A_FILE)
def test_a_foreign_record_is_neither_trusted_nor_changed(kind: str, make: Callable[[Path], None]) -> None:
    obstacle = Obstacle(folder_of_shop() / "records", kind, make)
    driver = Driver("web/1", process=Process(("sleep", "1000")))
    reason = left(driver, keep=False, stop=True)["web/1"].reason
    assert reason.startswith(
        f"the process cannot be started, because it cannot be recorded: {obstacle.path} {obstacle.words}"
    )
    assert obstacle.is_untouched()


@pytest.mark.parametrize("above", [0, 1, 2])
@each(IN_PLACE_OF_A_FOLDER)
def test_a_folder_of_records_that_is_not_ours_is_not_used(above: int, kind: str, make: Callable[[Path], None]) -> None:
    folder = folder_of_shop()
    places = (folder, *folder.parents)[: above + 1]
    for place in places:
        if place.exists():
            place.rmdir()
    obstacle = Obstacle(places[-1], kind, make)
    reason = left(Driver("web/1", process=Process(("sleep", "1000"))), stop=True)["web/1"].reason
    assert f"it cannot be recorded: {obstacle.path} {obstacle.words}" in reason
    assert obstacle.is_untouched()


@each(IN_PLACE_OF_A_FILE)
def test_output_goes_to_no_file_that_is_not_ours(kind: str, make: Callable[[Path], None]) -> None:
    obstacle = Obstacle(folder_of_shop() / "web%2F1.log", kind, make)
    reason = left(Driver("web/1", process=Process(("echo", "up"), "exit")), stop=True)["web/1"].reason
    assert reason.startswith(f"the process cannot be started: {obstacle.path} {obstacle.words}")
    assert reason.endswith("set XDG_STATE_HOME to a folder of your own")
    assert obstacle.is_untouched()


@pytest.mark.parametrize("missing", [None, DRIVER, INSTANCE])
def test_a_recorded_process_is_ended_only_if_it_has_our_tags(
    trace: Trace, caplog: pytest.LogCaptureFixture, missing: str | None
) -> None:
    """Its number, its start and the boot may all agree: somebody wrote them down, but not we."""
    tags = {DRIVER: "web/1", INSTANCE: str(folder_of_shop())}
    if missing is not None:
        del tags[missing]
    foreign = subprocess.Popen(["sleep", "1000"], env={**os.environ, **tags}, start_new_session=True)  # noqa: S607

    async def main() -> None:
        from tierdeps.processes.registry import ProcessRegistry

        records = ProcessRegistry("shop")
        records.write("web/1", foreign.pid, left=False)
        records.close()
        plan = DependencyGraph([Driver("web/1", process=Process(("sleep", "1000")))]).collapse()
        executor = Executor(plan, engine=local_engine("shop"), orphaned=["web/1"])
        assert (await executor.start()).ok
        assert (await executor.stop()).ok

    asyncio.run(main())
    lives = foreign.poll() is None
    foreign.kill()
    foreign.wait()
    assert lives is (missing is not None)
    said = f"process {foreign.pid}, which a killed run recorded as its own, has no mark of tierdeps" in caplog.text
    assert said is lives
    assert trace.nothing_is_left()
