"""Processes that an earlier run left and whose declaration has changed: reported, and replaced on request."""

from __future__ import annotations

import asyncio
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, Driver, Executor, local_engine
from tierdeps._util.frozen import replace
from tierdeps.model import Process, Report, State
from tierdeps.processes.adoption import changed_keys, start_digests
from tierdeps.processes.registry import ProcessRecord, ProcessRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.processes.conftest import Trace

BEFORE = Process(("sleep", "1000"), env=(("A", "1"),))


@pytest.fixture(name="reaped", autouse=True)
def _reaped(trace: Trace) -> Iterator[None]:
    """Wait for the children that are left: here they are those of one process, whatever run started them."""
    yield
    trace.kill()
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def left(process: Process, *, replaces: bool = False) -> Report:
    """Start a process of the instance ``shop``, and leave it; return the report."""

    async def main() -> Report:
        plan = DependencyGraph([Driver("web", process=process)]).collapse()
        executor = Executor(plan, engine=local_engine("shop", keep=True, replace=replaces))
        await executor.start()
        return executor.release()

    return asyncio.run(main())


CHANGES = [
    (replace(BEFORE, command=("sleep", "1001")), "command"),
    (replace(BEFORE, env=(("A", "2"),)), "env"),
    (replace(BEFORE, env=()), "env"),
    (replace(BEFORE, cwd="/"), "cwd"),
    (replace(BEFORE, command=("sleep", "1001"), cwd="/"), "command and cwd"),
]
NO_CHANGES = [BEFORE, replace(BEFORE, settle=0.0, stop_signal="SIGINT", restart="on-failure", ready="exec:true")]


@pytest.mark.parametrize(("after", "keys"), CHANGES)
def test_a_changed_process_is_adopted_with_a_warning(
    trace: Trace, caplog: pytest.LogCaptureFixture, after: Process, keys: str
) -> None:
    left(BEFORE)
    (before,) = trace.left()
    assert left(after)["web"].state is State.ADOPTED
    assert trace.left() == [before]
    assert f"process {before.pid}, which an earlier run left running, is adopted as it is" in caplog.text
    assert f"though the graph has another {keys} for it now" in caplog.text
    assert "tierdeps start --replace-changed" in caplog.text


@pytest.mark.parametrize(("after", "keys"), CHANGES)
def test_a_changed_process_is_replaced_on_request(
    trace: Trace, caplog: pytest.LogCaptureFixture, after: Process, keys: str
) -> None:
    left(BEFORE)
    (before,) = trace.left()
    assert left(after, replaces=True)["web"].state is State.READY
    (now,) = trace.left()
    assert now != before
    assert caplog.messages == [
        f"process {before.pid}, which an earlier run left running, was ended: the graph has another {keys} for it now"
    ]
    caplog.clear()
    assert left(after, replaces=True)["web"].state is State.ADOPTED
    assert trace.left() == [now]
    assert caplog.text == ""


@pytest.mark.parametrize("replaces", [False, True])
@pytest.mark.parametrize("after", NO_CHANGES)
def test_an_unchanged_process_is_adopted_without_a_warning(
    trace: Trace, caplog: pytest.LogCaptureFixture, after: Process, replaces: bool
) -> None:
    left(BEFORE)
    before = trace.left()
    assert left(after, replaces=replaces)["web"].state is State.ADOPTED
    assert trace.left() == before
    assert caplog.text == ""


def test_it_is_ended_by_its_own_signal_with_all_that_it_started(trace: Trace, tmp_path: Path) -> None:
    script = f"trap 'echo bye > {tmp_path}/said; exit' USR1; sleep 1000 & echo up; wait"
    left(Process(("sh", "-c", script), "log:up", stop_signal="SIGUSR1"))
    assert len(trace.left()) == 2
    assert left(BEFORE, replaces=True)["web"].state is State.READY
    assert (tmp_path / "said").read_text() == "bye\n"
    assert len(trace.left()) == 1


def test_a_process_without_our_tag_is_not_replaced(trace: Trace) -> None:
    foreign = subprocess.Popen(["sleep", "1000"])  # noqa: S607

    async def record() -> None:
        records = ProcessRegistry("shop")
        records.write("web", foreign.pid, left=True, **start_digests(replace(BEFORE, cwd="/")))
        records.close()

    asyncio.run(record())
    reason = left(BEFORE, replaces=True)["web"].reason
    assert f"process {foreign.pid}, which an earlier run left running, has no mark of tierdeps any more" in reason
    assert "is not replaced; end it, and start again" in reason
    assert [one.pid for one in trace.left()] == [foreign.pid]
    foreign.kill()
    foreign.wait()


@pytest.mark.parametrize("traits", [{}, {"command": "x"}, {"other": "x"}])
def test_a_key_without_a_recorded_digest_counts_as_unchanged(traits: dict[str, str]) -> None:
    record = ProcessRecord("web", 1, 1, True, "boot", traits=traits)
    assert changed_keys(record, BEFORE) == (("command",) if "command" in traits else ())


def test_what_is_recorded_gives_no_secret_away() -> None:
    assert "hunter2" not in repr(start_digests(replace(BEFORE, env=(("PASSWORD", "hunter2"),))))
