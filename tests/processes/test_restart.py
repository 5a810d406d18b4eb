"""A process that was ready and ends: it is restarted if that is declared, otherwise reported as lost."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes.conftest import Host, Trace, timeless, until
from tierdeps.errors import LostError
from tierdeps.model import Process
from tierdeps.processes import restart
from tierdeps.processes.instance import ProcessInstance
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.run import ProcessRun

if TYPE_CHECKING:
    from pathlib import Path

Then = Callable[[Host], object]
#: Counts how often it was started, in a file.
COUNTS = "echo x >> {file}; echo up; "


def live(
    process: Process, condition: Callable[[Host], object], *, seconds: float = 20, host: Host | None = None
) -> list[str]:
    """Bring a process up, wait for something, stop it; return why it was lost, if it was."""
    host = host or Host()

    async def main() -> None:
        run = ProcessRun()
        lifecycle = ProcessLifecycle(process, run)
        await lifecycle.start(host.context(seconds=seconds))
        try:
            await until(lambda: condition(host))
        finally:
            with suppress(LostError):
                await lifecycle.stop(host.context("stop"))
            await lifecycle.cleanup(host.context("cleanup"))
            run.close()

    asyncio.run(main())
    return [timeless(reason) for reason in host.lost_ones]


def process(script: str, **options: Any) -> Process:
    return Process(("sh", "-c", script), "log:up", **options)


def started(file: Path) -> int:
    return len(file.read_text().split()) if file.exists() else 0


def instances() -> int:
    """Count what is held of instances of processes."""
    gc.collect()
    return sum(type(one) is ProcessInstance for one in gc.get_objects())


def has_restarted(host: Host, times: int) -> bool:
    """Return whether a process was ready again so often."""
    return host.restarted.count(None) == times


def descriptors() -> int:
    """Count the open descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo up; echo oops; exit 3", "the process exited with code 3, T after it started; last output: up | oops"),
        ("echo up; exit 0", "the process exited with code 0, T after it started; last output: up"),
        ("echo up; kill -KILL $$", "the process was killed by SIGKILL, T after it started; last output: up"),
    ],
)
def test_one_that_ends_is_lost(script: str, reason: str) -> None:
    # The pause lets it be ready before it ends.
    assert live(process(script.replace("echo up;", "echo up; sleep 0.2;")), lambda host: host.lost_ones) == [reason]


def test_a_failed_process_is_restarted_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    script = COUNTS.format(file=file) + "sleep 0.1; exit 1"
    again = process(script, restart="on-failure", restart_limit=2, restart_backoff=0.01)
    assert live(again, lambda host: host.lost_ones) == [
        "the process exited with code 1, T after it started; last output: up (restarted 2 times)"
    ]
    assert started(file) == 3


def test_restarts_may_exceed_the_doublings_of_a_pause(tmp_path: Path) -> None:
    """2.0**1024 is no number any more."""
    limit = 1100
    file = tmp_path / "file"
    script = f"test -e {file} || {{ {COUNTS.format(file=file)} sleep 0.2; exit 1; }}; echo x >> {file}; exit 1"
    again = process(script, restart="on-failure", restart_limit=limit, restart_backoff=0)
    host = Host()

    async def main() -> None:
        run = ProcessRun()
        lifecycle = ProcessLifecycle(again, run)
        await lifecycle.start(host.context())
        while not host.lost_ones and not host.failures:  # noqa: ASYNC110  however long that takes
            await asyncio.sleep(0.05)
        with suppress(LostError):
            await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        run.close()

    asyncio.run(main())
    assert host.failures == []
    (lost,) = host.lost_ones
    assert lost.endswith(f"(restarted {limit} times)")
    assert started(file) == limit + 1


def test_one_that_comes_back_is_not_lost(tmp_path: Path, trace: Trace) -> None:
    file = tmp_path / "file"
    script = f"test -e {file} && echo again; {COUNTS.format(file=file)} test $(wc -l < {file}) = 2 && exec sleep 1000;"
    again = process(f"{script} sleep 0.1; exit 1", restart="on-failure", restart_backoff=0.01)
    host = Host()
    assert live(again, lambda host: None in host.restarted, host=host) == []
    assert [text and timeless(text) for text in host.restarted] == [
        "the process exited with code 1, T after it started; last output: up; restart 1 of 5 in 0.01 s",
        None,
    ]


def test_a_process_that_exits_with_0_is_not_restarted(tmp_path: Path) -> None:
    file = tmp_path / "file"
    script = COUNTS.format(file=file) + "sleep 0.1; exit 0"
    assert live(process(script, restart="on-failure"), lambda host: host.lost_ones)
    assert started(file) == 1


def test_one_that_is_not_ready_again_has_failed_again(tmp_path: Path) -> None:
    file = tmp_path / "file"
    script = f"test -e {file} && exec sleep 1000; {COUNTS.format(file=file)} sleep 0.1; exit 1"
    again = process(script, restart="on-failure", restart_limit=1, restart_backoff=0)
    (reason,) = live(again, lambda host: host.lost_ones, seconds=1)
    assert reason == (
        "the process was not ready within 1 s (log:up): no line of its output matches (restarted 1 times)"
    )


def test_what_a_failed_process_left_ends_before_the_next_one_starts(tmp_path: Path, trace: Trace) -> None:
    file = tmp_path / "file"
    script = COUNTS.format(file=file) + f"sleep 1000 & test $(wc -l < {file}) = 2 && wait; sleep 0.1; exit 1"
    again = process(script, restart="on-failure", restart_backoff=0)
    # The second one, its child, and nothing of the first one.
    assert live(again, lambda host: started(file) == 2 and len(trace.left()) == 2) == []


def test_what_a_failed_process_left_does_not_go_on_during_the_pause(tmp_path: Path, trace: Trace) -> None:
    file = tmp_path / "file"
    script = COUNTS.format(file=file) + "sleep 1000 & sleep 0.1; exit 1"
    again = process(script, restart="on-failure", restart_backoff=1000)
    assert live(again, lambda host: host.restarted and not trace.left()) == []
    assert started(file) == 1


def test_a_stop_during_the_pause_starts_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    script = COUNTS.format(file=file) + "exit 1"
    again = process(script.replace("echo up;", "echo up; sleep 0.1;"), restart="on-failure", restart_backoff=1000)
    ended: list[int] = []

    async def main() -> None:
        host, run = Host(), ProcessRun()
        lifecycle = ProcessLifecycle(again, run)
        await lifecycle.start(host.context())
        assert lifecycle._supervisor is not None
        await until(lambda: host.restarted)
        with pytest.raises(LostError, match="restart 1 of 5 had not succeeded when it was stopped"):
            await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        run.close()
        ended.append(len(host.lost_ones))

    asyncio.run(main())
    assert ended == [0]
    assert started(file) == 1


def test_one_that_held_out_has_all_its_chances_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "STABLE_AFTER_S", 0.05)
    file = tmp_path / "file"
    again = process(
        COUNTS.format(file=file) + "sleep 0.2; exit 1", restart="on-failure", restart_limit=1, restart_backoff=0
    )
    assert live(again, lambda host: started(file) == 4) == []


def test_nothing_is_kept_of_processes_that_were_restarted() -> None:
    """The first one and the last one are kept while the last one runs."""
    again = process("echo up; exec sleep 1000", restart="on-failure", restart_limit=9, restart_backoff=0)
    kept: list[tuple[int, ...]] = []

    async def main() -> None:
        host, run = Host(), ProcessRun()
        before, others = descriptors(), instances()  # those of tests before this one
        lifecycle = ProcessLifecycle(again, run)
        await lifecycle.start(host.context())
        for number in range(1, 6):
            assert lifecycle._current is not None
            assert lifecycle._current.child is not None
            os.kill(lifecycle._current.child.pid, signal.SIGKILL)
            await until(partial(has_restarted, host, number))
        kept.append((instances() - others, len(asyncio.all_tasks())))
        await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        run.close()
        kept.append((descriptors() - before, len(asyncio.all_tasks())))

    asyncio.run(main())
    assert kept == [(2, 1), (0, 1)]
