"""The output of processes: split into lines, made printable, logged, and never blocking the process."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import Host, run, start, until
from tierdeps import Driver
from tierdeps.model import Process
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.run import ProcessRun

if TYPE_CHECKING:
    from pathlib import Path


def test_each_line_goes_to_the_logger_of_its_driver(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tierdeps.output")
    script = "echo out; echo err >&2; printf rest"
    assert start(Process(("sh", "-c", script), "exit")) == ""
    assert caplog.record_tuples == [
        ("tierdeps.output.web", logging.INFO, "out"),
        ("tierdeps.output.web", logging.INFO, "err"),
        ("tierdeps.output.web", logging.INFO, "rest"),
    ]


def test_a_line_of_one_stream_never_comes_into_a_line_of_the_other(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tierdeps.output")
    script = "printf rea; printf 'wa' >&2; printf d; echo rning >&2; echo y; exec sleep 1000"
    assert start(Process(("sh", "-c", script), "log:^ready$")) == ""
    assert sorted(caplog.messages) == ["ready", "warning"]


@pytest.mark.parametrize("redirection", ["", ">&2"])
def test_a_line_of_either_stream_says_that_a_process_is_ready(redirection: str) -> None:
    assert start(Process(("sh", "-c", f"echo ready {redirection}; exec sleep 1000"), "log:^ready$")) == ""


def test_the_output_of_a_process_goes_to_a_sink_with_the_name_of_its_stream() -> None:
    found: dict[tuple[str, str], list[bytes]] = {}

    async def main() -> None:
        host = Host()
        shared = ProcessRun(sink=lambda driver, stream, lines: found.setdefault((driver, stream), []).extend(lines))
        lifecycle = ProcessLifecycle(Process(("sh", "-c", "echo out; printf '\\377' >&2; echo more"), "exit"), shared)
        await lifecycle.start(host.context())
        await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()

    asyncio.run(main())
    assert found == {("web", "stdout"): [b"out", b"more"], ("web", "stderr"): [b"\xff"]}


def test_a_process_with_much_output_is_not_blocked() -> None:
    assert start(Process(("sh", "-c", "head -c 500000 /dev/zero; yes | head -n 20000"), "exit")) == ""


def test_a_process_writes_on_while_it_is_up(tmp_path: Path) -> None:
    """More than a pipe holds."""
    mark = tmp_path / "mark"

    async def wait(executor: object) -> None:
        await until(mark.exists)

    script = f"echo up; head -c 200000 /dev/zero; touch {mark}; exec sleep 1000"
    assert run(Driver("web", process=Process(("sh", "-c", script), "log:up")), then=wait).ok


def test_the_last_output_in_a_reason_is_short_however_long_the_lines_are() -> None:
    problem = start(Process(("sh", "-c", "head -c 100000 /dev/zero; exit 3"), "exit"))
    assert problem.startswith("the process exited with code 3; last output: \\x00\\x00")
    assert len(problem) < 5000
