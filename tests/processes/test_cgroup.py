"""A run's cgroup: found, entered, emptied and removed; with the kernel's own where this host has one to spare."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import PYTHON, Host, Trace, run, until
from tierdeps import Driver, Executor
from tierdeps.model import Process
from tierdeps.processes import cgroup
from tierdeps.processes.cgroup import Cgroup, own_folder
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.orphan_guard_state import GuardState, cgroup_line
from tierdeps.processes.proc import is_alive, read_process
from tierdeps.processes.run import ProcessRun

if TYPE_CHECKING:
    from collections.abc import Iterator

V2 = "31 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
HYBRID = "30 23 0:26 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n" + V2.replace("cgroup rw", "cgroup/unified rw")
PART = "31 23 0:27 /docker/1 /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
SPACED = V2.replace("/sys/fs/cgroup rw", r"/a\040b rw")


@pytest.mark.parametrize(
    ("cgroups", "mounts", "folder"),
    [
        ("0::/\n", V2, "/sys/fs/cgroup"),
        ("0::/user.slice/a b\n", V2, "/sys/fs/cgroup/user.slice/a b"),
        ("8:pids:/x\n0::/y\n", HYBRID, "/sys/fs/cgroup/unified/y"),
        ("0::/docker/1\n", PART, "/sys/fs/cgroup"),
        ("0::/docker/1/x\n", PART, "/sys/fs/cgroup/x"),
        ("0::/docker/12\n", PART, None),
        ("0::/X\n", V2, "/sys/fs/cgroup/X"),
        ("0::/X/y\n", PART.replace("/docker/1", "/X"), "/sys/fs/cgroup/y"),
        ("0::/../x\n", PART, None),
        ("0::/x\n", SPACED, "/a b/x"),
        ("8:pids:/x\n", HYBRID, None),
        ("0::/\n", HYBRID.splitlines(keepends=True)[0], None),
        ("", "", None),
    ],
)
def test_the_own_cgroup_is_found_in_proc(cgroups: str, mounts: str, folder: str | None) -> None:
    assert own_folder(cgroups, mounts) == folder


# In a folder that looks like a cgroup's


def fake(path: Path, *pids: int, kill: bool) -> Path:
    path.mkdir(parents=True)
    (path / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in pids))
    if kill:
        (path / "cgroup.kill").write_text("")
    return path


def test_all_is_killed_at_once_where_the_kernel_can(tmp_path: Path) -> None:
    folder = fake(tmp_path / "tierdeps-0", kill=True)
    cgroup.kill(str(folder))
    assert (folder / "cgroup.kill").read_text() == "1"


def test_before_that_kernel_each_one_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "1000"]) as above, subprocess.Popen(["/bin/sleep", "1000"]) as below:
        fake(tmp_path / "tierdeps-0", above.pid, kill=False)
        fake(tmp_path / "tierdeps-0" / "a", below.pid, kill=False)
        assert sorted(cgroup.all_pids(str(tmp_path / "tierdeps-0"))) == sorted([above.pid, below.pid])
        cgroup.kill(str(tmp_path / "tierdeps-0"))
        assert (above.wait(), below.wait()) == (-signal.SIGKILL, -signal.SIGKILL)


def test_a_missing_cgroup_counts_as_removed_and_empty(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    cgroup.kill(gone)
    assert cgroup.remove(gone)
    assert cgroup.end(gone)
    assert cgroup.all_pids(gone) == []


def test_what_is_not_empty_is_not_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "EMPTY_S", 0.05)
    folder = str(fake(tmp_path / "tierdeps-0", kill=True))
    assert not cgroup.remove(folder)
    assert not cgroup.end(folder)


def test_a_process_that_cannot_enter_stays_in_its_cgroup(tmp_path: Path) -> None:
    (tmp_path / "procs").write_text("")
    descriptor = os.open(tmp_path / "procs", os.O_RDONLY)
    cgroup.enter(descriptor)
    os.close(descriptor)


def test_a_record_that_names_another_folder_is_not_trusted(tmp_path: Path) -> None:
    name = "tierdeps-0123456789abcdef"
    fake(tmp_path / name, kill=True)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / name).symlink_to("/sys/fs/cgroup")
    for path in ("/", "/sys/fs/cgroup", str(tmp_path / name), str(tmp_path / "link" / name), f"/none/{name}", "", "x"):
        assert not cgroup.is_ours(path)


def test_a_planted_record_ends_nothing(tmp_path: Path) -> None:
    folder = fake(tmp_path / "tierdeps-0123456789abcdef", os.getpid(), kill=True)

    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    async def main() -> None:
        first = ProcessRun("shop")
        assert first.records is not None
        first.records.write_cgroups([(boot, str(folder)), ("rubbish", ""), (boot, "\udcff"), ("", "/")])
        second = ProcessRun("shop")
        second.close()

    asyncio.run(main())
    assert (folder / "cgroup.kill").read_text() == ""


def test_the_guard_receives_the_cgroup() -> None:
    state = GuardState()
    state.apply(cgroup_line("/a b/tierdeps-0").encode(), [])
    assert state.cgroup is not None
    assert state.cgroup.path == "/a b/tierdeps-0"


# With one of the kernel's


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cgroup]:
    """Make a cgroup of the test's own."""
    monkeypatch.delenv("TIERDEPS_CGROUP")
    made = cgroup.create(os.urandom(8).hex())
    if made is None:
        pytest.skip("this host has no cgroup v2 in which this user may make one")
    yield made
    assert cgroup.end(made.path)


#: Leaves its session, clears its environment, closes its output, and is no descendant of anybody's any more.
ESCAPES = """
import os, signal
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    open({pid!r}, "w").write(str(os.getpid()))
    os.execve("/bin/sleep", ["sleep", "1000"], {{}})
os.wait()
while not os.path.exists({pid!r}) or not open({pid!r}).read():
    pass
print("up")
signal.pause()
"""


class Escaper:
    """A process that leaves something behind that no mark, session, pipe or descent leads to."""

    def __init__(self, folder: Path) -> None:
        self._pid = folder / "escaped"
        self.process = Process((*PYTHON, ESCAPES.format(pid=str(self._pid))), "log:up")

    def still_runs(self) -> bool:
        one = read_process(int(self._pid.read_text()))
        return one is not None and Path(f"/proc/{one.pid}/comm").read_text() == "sleep\n"

    def ends(self) -> bool:
        latest = time.monotonic() + 20
        while self.still_runs() and time.monotonic() < latest:
            time.sleep(0.01)
        return not self.still_runs()


@pytest.fixture
def escaper(tmp_path: Path, real: Cgroup) -> Iterator[Escaper]:
    made = Escaper(tmp_path)
    yield made
    if made.still_runs():
        os.kill(int((tmp_path / "escaped").read_text()), signal.SIGKILL)


def folders(path: str) -> list[str] | None:
    """Return the cgroups in a cgroup; None where there is no such thing."""
    return [each.name for each in Path(path).iterdir() if each.is_dir()] if Path(path).is_dir() else None


def path_of(shared: ProcessRun, real: Cgroup) -> str:
    """Return where the cgroup of a run is."""
    return f"{Path(real.path).parent}/tierdeps-{shared.id}"


def mine() -> list[Path]:
    """Return the cgroups of runs beside this process's, but for the fixture's and those of others."""
    own = own_folder(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())
    assert own is not None
    return list(Path(own).glob("tierdeps-*"))


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
    """So the tests around this one see what they say they see."""
    monkeypatch.setenv("TIERDEPS_CGROUP", "no")
    assert run(Driver("web", process=escaper.process)).ok
    assert escaper.still_runs()


@pytest.fixture
def odd_signals() -> Iterator[None]:
    """Have this process ignore and block signals that programs do not expect to find so."""
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
    assert is_alive(pid, one.began)
    trace.kill()
    os.waitpid(pid, 0)


RUNS = """
import asyncio, os, sys
from tests.processes.conftest import Host
from tierdeps.model import Process
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.run import ProcessRun

async def main():
    shared = ProcessRun("shop", contain=True)
    lifecycle = ProcessLifecycle(Process(tuple(sys.argv[1:]), "log:up"), shared)
    await lifecycle.start(Host().context())
    shared.records.flush()
    print(shared._containment.path, shared._guard._pid, flush=True)
    await asyncio.sleep(1000)
asyncio.run(main())
"""


def killed(escaper: Escaper, *, guard: bool) -> Path:
    """Start the escaper in a process that is killed, perhaps together with its guard; return its cgroup."""
    with subprocess.Popen(
        [sys.executable, "-c", RUNS, *escaper.process.command], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    ) as process:
        assert process.stdout is not None
        path, pid = process.stdout.readline().split()
        if guard:
            process.send_signal(signal.SIGSTOP)  # it would start another one
            os.kill(int(pid), signal.SIGKILL)
        process.kill()
    return Path(path)


def test_nothing_escapes_the_guard(escaper: Escaper) -> None:
    path = killed(escaper, guard=False)
    assert escaper.ends()
    latest = time.monotonic() + 20
    while path.exists() and time.monotonic() < latest:
        time.sleep(0.01)
    assert not path.exists()


@pytest.mark.parametrize("planned", [True, False])
def test_nothing_escapes_the_start_after_one_that_was_killed_with_its_guard(
    escaper: Escaper, tmp_path: Path, planned: bool
) -> None:
    path = killed(escaper, guard=True)
    assert escaper.still_runs()
    assert path.is_dir()

    async def main() -> None:
        shared = ProcessRun("shop", contain=True)
        if planned:
            lifecycle = ProcessLifecycle(escaper.process, shared)
            await lifecycle.cleanup(Host().context("cleanup"))
            assert not escaper.still_runs()
        shared.close()

    asyncio.run(main())
    assert list((tmp_path / "state").rglob("cgroups")) == []
    assert escaper.ends()
    assert not path.exists()


def test_a_restart_ends_what_escaped_before(escaper: Escaper, tmp_path: Path, trace: Trace) -> None:
    pid = tmp_path / "escaped"
    first: list[int] = []

    async def then(executor: Executor) -> None:
        first.append(int(pid.read_text()))
        leader = next(one for one in trace.left() if b"signal.pause" in cmdline(one.pid))
        os.kill(leader.pid, signal.SIGKILL)
        await until(lambda: read_process(first[0]) is None)

    process = Process(escaper.process.command, "log:up", restart="on-failure", restart_backoff=0)
    run(Driver("web", process=process), then=then)
    assert first


def cmdline(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_names_of_drivers_are_no_paths(real: Cgroup) -> None:
    for driver in ("..", "a/b", "/", "x" * 5000, "\udcff", "cgroup.procs"):
        descriptor = real.open(driver)
        os.close(descriptor)
        assert Path(real.folder(driver)).parent == Path(real.path)
    assert len([each for each in Path(real.path).iterdir() if each.is_dir()]) == 6
