"""Scans of all processes, and scans that several callers share."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from weakref import ref

import pytest

from tests.processes.conftest import until
from tierdeps.processes import shared_scans as module
from tierdeps.processes.proc import GONE, GUARD, ProcessMatcher, read_process
from tierdeps.processes.scan import Scan
from tierdeps.processes.shared_scans import SharedScans, shared_scans

if TYPE_CHECKING:
    from collections.abc import Iterator

PARENT = "import subprocess, sys; subprocess.run(['sleep', '1000'], env={})"


@pytest.fixture
def tag() -> str:
    return f"TIERDEPS_TEST={os.getpid()}"


@pytest.fixture
def family(tag: str) -> Iterator[subprocess.Popen[bytes]]:
    """A tagged process with a child that has no tag."""
    name, _, value = tag.partition("=")
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], env={name: value}, stdout=subprocess.PIPE, start_new_session=True
    )
    while len(Scan().find(ProcessMatcher(sessions={process.pid: GONE}))) < 1:
        if len(Scan().find(ProcessMatcher((frozenset((tag.encode(),)),)))) == 2:
            break
        time.sleep(0.01)
    yield process
    os.killpg(process.pid, 9)
    process.communicate()


def pids(matcher: ProcessMatcher) -> list[int]:
    return [info.pid for info in Scan().find(matcher)]


def test_a_tag_finds_a_process_and_its_descendants(family: subprocess.Popen[bytes], tag: str) -> None:
    found = pids(ProcessMatcher((frozenset((tag.encode(),)),)))
    assert family.pid in found
    assert len(found) == 2


def test_all_tags_of_a_group_are_needed(family: subprocess.Popen[bytes], tag: str) -> None:
    assert pids(ProcessMatcher((frozenset((tag.encode(), b"TIERDEPS_OTHER=1")),))) == []


def test_a_session_finds_its_processes(family: subprocess.Popen[bytes]) -> None:
    leader = read_process(family.pid)
    assert leader is not None
    assert len(pids(ProcessMatcher(sessions={family.pid: leader.started}))) == 2
    assert pids(ProcessMatcher(sessions={family.pid: leader.started + 1})) == [], "another process has its id"


def test_a_pipe_finds_what_writes_to_it(family: subprocess.Popen[bytes]) -> None:
    assert family.stdout is not None
    name = f"pipe:[{os.fstat(family.stdout.fileno()).st_ino}]"
    assert len(pids(ProcessMatcher(pipe_names=frozenset((name,))))) == 2


def test_guards_and_this_process_are_never_found(tag: str) -> None:
    name, _, value = tag.partition("=")
    guard = subprocess.Popen(["/bin/sleep", "1000"], env={name: value, GUARD: "1"})
    try:
        while GUARD.encode() not in Path(f"/proc/{guard.pid}/environ").read_bytes():
            time.sleep(0.01)
        assert pids(ProcessMatcher((frozenset((tag.encode(),)),))) == []
    finally:
        guard.kill()
        guard.wait()
    assert os.getpid() not in pids(ProcessMatcher(sessions={os.getsid(0): GONE}))


class Made(NamedTuple):
    """A scan, by its number."""

    number: int
    seconds: float = 0.0
    started_at: float = 0.0


class Counted:
    """Makes scans, none before the gate is open."""

    def __init__(self) -> None:
        self.made = 0
        self.gate = threading.Event()
        self.started = threading.Event()

    def __call__(self, _: object) -> Made:
        self.made += 1
        self.started.set()
        assert self.gate.wait(30)
        return Made(self.made)


def test_all_that_ask_before_a_scan_starts_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    monkeypatch.setattr(module, "_scan", counted)

    async def main() -> None:
        scans = SharedScans(asyncio.get_running_loop())
        counted.gate.set()
        await asyncio.gather(*(scans.next() for _ in range(1000)))

    asyncio.run(main())
    assert counted.made == 1


def test_what_asks_while_a_scan_runs_gets_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    monkeypatch.setattr(module, "_scan", counted)

    async def main() -> list[object]:
        scans = SharedScans(asyncio.get_running_loop())
        first = asyncio.create_task(scans.next())
        await asyncio.to_thread(counted.started.wait, 30)
        later = [asyncio.create_task(scans.next()) for _ in range(2)]
        await asyncio.sleep(0)
        counted.gate.set()
        return await asyncio.gather(first, *later)

    assert asyncio.run(main()) == [Made(1), Made(2), Made(2)]


def test_an_error_of_a_scan_reaches_all_that_wait_and_the_next_scan_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[object] = [OSError("no descriptors left"), Made(1)]

    def scan(_: object) -> object:
        result = results.pop(0)
        if isinstance(result, OSError):
            raise result
        return result

    monkeypatch.setattr(module, "_scan", scan)

    async def main() -> list[object]:
        scans = SharedScans(asyncio.get_running_loop())
        failed = await asyncio.gather(scans.next(), scans.next(), return_exceptions=True)
        return [*failed, await scans.next()]

    *failed, found = asyncio.run(main())
    assert [str(error) for error in failed] == ["no descriptors left"] * 2
    assert found == Made(1)


def test_a_cancelled_caller_takes_no_scan_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_scan", lambda _: Made(1))

    async def main() -> object:
        scans = SharedScans(asyncio.get_running_loop())
        cancelled = asyncio.create_task(scans.next())
        await asyncio.sleep(0)
        cancelled.cancel()
        return await scans.next()

    assert asyncio.run(main()) == Made(1)


def test_a_recent_scan_is_used_again_for_what_cannot_wait() -> None:
    async def main() -> bool:
        scans = shared_scans()
        first = scans.recent()
        return scans.recent() is first or time.monotonic() - first.started_at > module.RECENT_S

    assert asyncio.run(main())


@pytest.mark.parametrize("waits", [True, False])
def test_no_scan_is_kept_once_it_is_not_recent(*, waits: bool) -> None:
    async def main() -> None:
        scans = shared_scans()
        scan = ref(await scans.next() if waits else scans.recent())
        await until(lambda: scan() is None)

    asyncio.run(main())


def test_each_loop_has_scans_of_its_own() -> None:
    async def main() -> SharedScans:
        assert shared_scans() is shared_scans()
        return shared_scans()

    assert asyncio.run(main()) is not asyncio.run(main())
