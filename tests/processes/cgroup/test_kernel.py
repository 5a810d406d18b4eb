"""Runs in a cgroup of the kernel: nothing escapes a stop, and programs do not notice it."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from tests.processes.cgroup.conftest import Escaper, folders, mine, path_of
from tests.processes.conftest import Host, Trace, run
from tierdeps import Driver, Executor
from tierdeps.model import Process
from tierdeps.processes import cgroup
from tierdeps.processes.cgroup import Cgroup
from tierdeps.processes.errors import ProcessError
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.proc import is_alive, read_process
from tierdeps.processes.run import ProcessRun

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_nothing_escapes_an_ordinary_stop(escaper: Escaper, real: Cgroup) -> None:
    paths: list[str] = []

    async def then(executor: Executor) -> None:
        assert escaper.still_runs()
        paths.extend(str(path) for path in mine() if str(path) != real.path)

    assert run(Driver("web", process=escaper.process), then=then).ok
    assert paths
    assert not escaper.still_runs()


def test_the_cgroup_is_gone_after_the_run(real: Cgroup) -> None:
    async def main() -> None:
        host, shared = Host(), ProcessRun(contain=True)
        lifecycle = ProcessLifecycle(Process(("sleep", "1000")), shared)
        await lifecycle.start(host.context())
        path = path_of(shared, real)
        assert len(folders(path) or ()) == 1
        await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        assert folders(path) == []
        shared.close()
        assert folders(path) is None

    asyncio.run(main())


def test_without_it_one_may_escape(escaper: Escaper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this, the other tests would pass on any host."""
    monkeypatch.setenv("TIERDEPS_CGROUP", "no")
    assert run(Driver("web", process=escaper.process)).ok
    assert escaper.still_runs()


@pytest.fixture
def odd_signals() -> Iterator[None]:
    """Ignore and block signals in this process that programs do not expect to be ignored or blocked."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    yield
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("odd_signals")
def test_the_program_sees_nothing_of_it(real: Cgroup) -> None:
    """Its name, its environment, its folder and its signals are those that it has without.

    Signals 32 and 33 are the C library's own.
    """
    script = (
        "import os, signal; print(os.getcwd(), dict(os.environ),"
        " [int(line[8:], 16) & 0x7fffffff for line in open('/proc/self/status') if line[:6] in ('SigBlk', 'SigIgn')],"
        " open('/proc/self/cmdline').read(), sorted(os.listdir('/proc/self/fd'))[:-1])"
    )

    async def said(*, contain: bool) -> list[str]:
        host, shared = Host(), ProcessRun(contain=contain)
        shared.id = "the-run"
        process = Process(("python3", "-S", "-c", script), "exit", env=(("odd-name", "x"),))
        where = shared.spawn_options("web", process, TIERDEPS_RUN="the-run")
        child = shared.spawn("web", process, where)
        await child.exited()
        lines = child.output.tail()
        lifecycle = ProcessLifecycle(process, shared)
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()
        return lines

    with_it, without = asyncio.run(said(contain=True)), asyncio.run(said(contain=False))
    assert any("odd-name" in line for line in with_it)
    assert with_it == without


@pytest.mark.parametrize("command", [("true",), ("/nowhere/at/all",)])
def test_this_process_is_in_its_own_cgroup_after_a_start(real: Cgroup, command: tuple[str, ...]) -> None:
    before = cgroup.parts_of(os.getpid())

    async def main() -> None:
        shared = ProcessRun(contain=True)
        process = Process(command, "exit")
        try:
            with suppress(ProcessError):
                await shared.spawn("web", process, shared.spawn_options("web", process)).exited()
            assert cgroup.parts_of(os.getpid()) == before
        finally:
            shared.close()

    asyncio.run(main())


def test_what_another_thread_starts_meanwhile_does_not_stay_in_it(real: Cgroup) -> None:
    own = cgroup.parts_of(os.getpid())
    stayed: list[list[str]] = []
    over = Event()

    def start_others() -> None:
        while not over.is_set():
            with subprocess.Popen(["/bin/sleep", "1000"]) as process:
                end = time.monotonic() + 20
                while cgroup.parts_of(process.pid) != own and time.monotonic() < end:
                    time.sleep(0.001)
                if cgroup.parts_of(process.pid) != own:
                    stayed.append(cgroup.parts_of(process.pid))
                process.kill()

    async def main() -> None:
        host, shared = Host(), ProcessRun(contain=True)
        lifecycles = [ProcessLifecycle(Process(("sleep", "1000"), settle=0), shared) for _ in range(20)]
        thread = Thread(target=start_others)
        thread.start()
        try:
            for number, lifecycle in enumerate(lifecycles):
                await lifecycle.start(host.context(driver=f"d{number}"))
        finally:  # else the thread goes on when a start fails, and the test run never ends
            over.set()
            thread.join()
        for number, lifecycle in enumerate(lifecycles):
            await lifecycle.stop(host.context("stop", driver=f"d{number}"))
            await lifecycle.cleanup(host.context("cleanup", driver=f"d{number}"))
        shared.close()

    asyncio.run(main())
    assert stayed == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_another_users_process_is_in_it_too(real: Cgroup, caplog: pytest.LogCaptureFixture) -> None:
    user = pwd.getpwnam("nobody").pw_name

    async def main() -> None:
        host, shared = Host(), ProcessRun(contain=True)
        lifecycle = ProcessLifecycle(Process(("sleep", "1000"), user=user, settle=0), shared)
        await lifecycle.start(host.context())
        assert lifecycle._instance is not None
        assert lifecycle._instance.child is not None
        folder = Cgroup(path_of(shared, real)).folder("web")
        inside = cgroup.pids(folder) == [lifecycle._instance.child.pid]
        assert inside or "runs outside of the run's cgroup" in caplog.text  # it depends on the kernel
        await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()

    asyncio.run(main())


def test_what_a_library_leaves_moves_out_of_it(real: Cgroup, trace: Trace) -> None:
    async def main() -> tuple[int, Path]:
        host, shared = Host(), ProcessRun(contain=True)
        lifecycle = ProcessLifecycle(Process(("sleep", "1000"), settle=0), shared)
        await lifecycle.start(host.context())
        assert lifecycle._instance is not None
        assert lifecycle._instance.child is not None
        shared.close()
        return lifecycle._instance.child.pid, Path(path_of(shared, real))

    pid, path = asyncio.run(main())
    assert not path.exists()
    one = read_process(pid)
    assert one is not None
    assert is_alive(pid, one.started)
    trace.kill()
    os.waitpid(pid, 0)


def test_names_of_drivers_are_no_paths(real: Cgroup) -> None:
    for driver in ("..", "a/b", "/", "x" * 5000, "\udcff", "cgroup.procs"):
        descriptor = real.open(driver)
        os.close(descriptor)
        assert Path(real.folder(driver)).parent == Path(real.path)
    assert len([each for each in Path(real.path).iterdir() if each.is_dir()]) == 6
