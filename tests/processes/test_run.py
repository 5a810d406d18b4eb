"""The processes of a run, and how those are found that left their session or changed their environment."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import Host, Trace, run, until
from tests.processes.test_orphan_guard import guards
from tests.processes.test_unforeseen import Full, descriptors
from tierdeps import DependencyGraph, Driver, Executor, local_engine
from tierdeps.model import Policy, Process, State
from tierdeps.processes.cgroup import parts_of
from tierdeps.processes.fd_poller import FdPoller
from tierdeps.processes.guard_client import GuardClient
from tierdeps.processes.leftovers import left_processes
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.orphan_guard_state import Order
from tierdeps.processes.output import PipedOutput, ignore_output
from tierdeps.processes.proc import DRIVER, INSTANCE, read_process
from tierdeps.processes.registry import ProcessRegistry, open_folder
from tierdeps.processes.run import ProcessRun

if TYPE_CHECKING:
    from collections.abc import Callable


def ended(file: Path) -> bool:
    """Wait for the end of the process whose number is in a file; end it, should it not come."""
    pid = int(file.read_text())
    latest = time.monotonic() + 20
    while read_process(pid) is not None and time.monotonic() < latest:
        time.sleep(0.01)
    gone = read_process(pid) is None
    if not gone:
        os.kill(pid, signal.SIGKILL)
    return gone


@pytest.mark.parametrize(
    "start",
    [
        "(setsid env -i sh -c 'echo $$ > {file}; exec sleep 1000' &)",  # it writes to the pipe of its driver
        "(env -i sh -c 'echo $$ > {file}; exec sleep 1000' > {file}.out 2>&1 &)",  # it is in the session
    ],
)
@pytest.mark.parametrize("leader", ["exec sleep 1000", "trap '' TERM; while :; do sleep 0.02; done"])
def test_a_process_without_tags_and_parent_ends_with_its_driver(tmp_path: Path, start: str, leader: str) -> None:
    file = tmp_path / "pid"
    script = f"{start.format(file=file)}; until test -s {file}; do sleep 0.01; done; echo up; {leader}"
    report = run(Driver("web", process=Process(("sh", "-c", script), "log:up")), stop_timeout=1.0)
    assert report["web"].stopped
    assert ended(file)


def test_output_is_logged_unless_the_process_is_to_outlive_the_run(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tierdeps.output")

    async def main() -> None:
        plan = DependencyGraph([Driver("web", process=Process(("echo", "hello"), "exit"))]).collapse()
        executor = Executor(plan, engine=local_engine("shop"))
        await executor.start()
        await executor.stop()

    asyncio.run(main())
    assert [(record.name, record.getMessage()) for record in caplog.records] == [("tierdeps.output.web", "hello")]


def test_by_default_processes_are_in_the_cgroup_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIERDEPS_CGROUP")

    async def main() -> None:
        host, shared = Host(), ProcessRun()
        lifecycle = ProcessLifecycle(Process(("sleep", "1000"), settle=0), shared)
        await lifecycle.start(host.context())
        assert lifecycle._instance is not None
        assert lifecycle._instance.child is not None
        assert parts_of(lifecycle._instance.child.pid) == parts_of(os.getpid())
        await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()

    asyncio.run(main())


def left(process: Process, *, replaces: bool, timeout: float = 90.0) -> State:
    """Start a process of the instance ``shop``, leave it, and return its state."""

    async def main() -> State:
        policy = Policy(timeout=timeout)
        plan = DependencyGraph([Driver("web", process=process, policy=policy)]).collapse()
        executor = Executor(plan, engine=local_engine("shop", keep=True, replace=replaces))
        await executor.start()
        return executor.release()["web"].state

    return asyncio.run(main())


def reaped(trace: Trace) -> None:
    trace.kill()
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def test_one_that_was_ended_and_could_not_be_replaced_is_left_no_more(trace: Trace) -> None:
    assert left(Process(("sleep", "1000")), replaces=False) is State.READY
    assert [one.alive for one in left_processes("shop")] == [True]
    assert left(Process(("nonesuch",)), replaces=True) is State.FAILED
    assert left_processes("shop") == ()
    reaped(trace)


def test_one_that_does_not_end_is_killed_while_there_is_time_to_replace_it(trace: Trace) -> None:
    deaf = "trap '' TERM; echo up; while :; do sleep 0.02; done"
    assert left(Process(("sh", "-c", deaf), "log:up"), replaces=False) is State.READY
    assert left(Process(("sleep", "1000"), settle=0), replaces=True, timeout=4.0) is State.READY
    reaped(trace)


def test_a_guard_that_cannot_be_watched_is_not_left_behind() -> None:
    async def main() -> None:
        output = PipedOutput(ignore_output, FdPoller())
        before = descriptors()
        guard = GuardClient("run", Full(0))
        with pytest.raises(OSError, match="Too many open files"):
            guard.announce("0", "web", output, signal.SIGTERM, Order())
        assert guards() == []
        assert descriptors() == before
        guard.dismiss()
        output.close()
        output.release_fd()

    asyncio.run(main())


def first_descriptors(pid: int) -> list[str]:
    """Return what the first four descriptors of a process are."""
    found = []
    for number in range(4):
        with suppress(FileNotFoundError):
            found.append(str(Path(f"/proc/{pid}/fd/{number}").readlink()).partition(":")[0])
    return found


def test_a_guard_reads_a_socket_and_writes_nothing() -> None:
    async def main() -> None:
        host, shared = Host(), ProcessRun()
        lifecycle = ProcessLifecycle(Process(("sleep", "1000"), settle=0), shared)
        await lifecycle.start(host.context())
        (only,) = guards()
        await until(lambda: first_descriptors(only) == ["socket", os.devnull, os.devnull, "anon_inode"])
        await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()

    asyncio.run(main())


def test_paths_of_a_process_are_from_the_folder_of_its_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tierdeps.output")
    (tmp_path / "sub").mkdir()

    async def main() -> None:
        host, shared = Host(), ProcessRun(folder=str(tmp_path))
        for name, cwd in (("none", None), ("sub", "sub"), ("root", "/")):
            lifecycle = ProcessLifecycle(Process(("pwd",), "exit", cwd=cwd), shared)
            await lifecycle.start(host.context(driver=name))
            await lifecycle.stop(host.context("stop", driver=name))
            await lifecycle.cleanup(host.context("cleanup", driver=name))
        shared.close()

    asyncio.run(main())
    assert caplog.messages == [str(tmp_path), str(tmp_path / "sub"), "/"]


def test_what_is_in_the_session_of_one_that_a_killed_run_left_ends_with_it(trace: Trace, tmp_path: Path) -> None:
    """Also where it has no mark of its own, and nobody it descends from."""
    file = tmp_path / "pid"
    with open_folder("shop") as folder:
        tags = {**os.environ, DRIVER: "web", INSTANCE: str(folder.path)}
    script = (
        f"(env -i sh -c 'echo $$ > {file}; exec sleep 1000' &); until test -s {file}; do sleep 0.01; done; sleep 1000"
    )
    with subprocess.Popen(["/bin/sh", "-c", script], env=tags, start_new_session=True) as leader:
        while not file.exists() or not file.read_text():
            time.sleep(0.01)
        with_records(lambda records: records.write("web", leader.pid, left=False))

        async def main() -> None:
            shared = ProcessRun("shop")
            await ProcessLifecycle(Process(("true",)), shared).cleanup(Host().context("cleanup"))
            shared.close()

        try:
            asyncio.run(main())
            assert leader.wait(20) == -signal.SIGTERM
        finally:
            leader.kill()
    assert ended(file)
    assert trace.nothing_is_left()


def with_records(act: Callable[[ProcessRegistry], object]) -> None:
    async def main() -> None:
        records = ProcessRegistry("shop")
        act(records)
        records.close()

    asyncio.run(main())


def test_a_record_that_is_written_in_part_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def act(records: ProcessRegistry) -> None:
        records.write("web", os.getpid(), left=True)
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", lambda _, data: len(data) - 1)
            with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as caught:
                records.flush()
        assert caught.value.errno == errno.ENOSPC

    with_records(act)


def test_cgroups_that_cannot_be_recorded_are_not() -> None:
    with open_folder("shop") as folder:
        (folder.path / "cgroups").mkdir()

    def act(records: ProcessRegistry) -> None:
        records.write_cgroups([("boot", "/x")])
        assert records.cgroups() == ()

    with_records(act)


def test_an_instance_may_have_any_name() -> None:
    paths = []
    for name in ("", "a/b", "\udcff", "\udcfe", "\n"):
        with open_folder(name) as folder:
            paths.append(folder.path)
    assert len({*paths}) == 5
    assert len({path.parent for path in paths}) == 1
