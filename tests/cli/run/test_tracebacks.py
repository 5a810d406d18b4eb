"""Where a driver raised an exception: with ``-v``, in the log of what runs in the background, and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.hosts import Host

DEEDS = """
import asyncio
from tierdeps import Lifecycle

def open_pool():
    raise OSError("no pool")

class Fails(Lifecycle):
    async def start(self, context):
        await asyncio.sleep(0)
        open_pool()

class FailsToStop(Lifecycle):
    async def start(self, context): ...
    def stop(self, context): open_pool()
"""
HINT = "hint: -v shows the traceback"
LAST = "a | OSError: no pool"


@pytest.fixture
def graph(host: Host) -> Host:
    """Write a graph of which a driver fails to start."""
    (host.folder / "deeds.py").write_text(DEEDS)
    kinds = {"good": "[drivers.a]\nlifecycle = 'deeds:FailsToStop'", "bad": "[drivers.a]\nlifecycle = 'deeds:Fails'"}
    for name, text in kinds.items():
        (host.folder / f"{name}.toml").write_text(text)
    return host


def frames(text: str) -> list[str]:
    """Return the names of the functions of the frames that are printed."""
    return [line.rpartition(" in ")[2] for line in text.splitlines() if line.startswith("a |   File ")]


def test_by_default_one_sentence_and_a_hint_are_printed(graph: Host) -> None:
    answer = graph.ask("start", "bad.toml", "--once")
    assert answer.code == 4
    assert "failed: a: OSError: no pool" in answer.out.splitlines()
    assert answer.out.count(HINT) == 1
    assert "Traceback" not in answer.out + answer.err


def test_with_verbose_the_frames_of_the_driver_are_printed_and_none_of_ours(graph: Host) -> None:
    answer = graph.ask("start", "bad.toml", "--once", "-v")
    assert answer.code == 4
    assert frames(answer.out) == ["start", "open_pool"]
    assert LAST in answer.out.splitlines()
    assert HINT not in answer.out
    assert "selector" not in (answer.out + answer.err).lower()


def test_with_json_tracebacks_are_on_the_standard_error(graph: Host) -> None:
    answer = graph.ask("start", "bad.toml", "--once", "-v", "--format", "json")
    assert frames(answer.err) == ["start", "open_pool"]
    assert json.loads(answer.out.splitlines()[-1])["schema"] == "tierdeps/report/1"
    assert graph.ask("start", "bad.toml", "--once", "--format", "json").err == ""


def log_of(state: Path) -> str:
    (log,) = (state / "tierdeps" / "log").iterdir()
    return log.read_text()


@pytest.mark.parametrize("options", [(), ("-v",)])
def test_the_log_has_the_traceback_of_a_start_in_the_background(
    graph: Host, state: Path, options: tuple[str, ...]
) -> None:
    answer = graph.ask("start", "bad.toml", "--detach", *options)
    assert frames(log_of(state)) == ["start", "open_pool"]
    assert frames(answer.out) == (["start", "open_pool"] if options else [])
    assert answer.err == ""


@pytest.mark.parametrize("options", [(), ("-v",)])
def test_the_log_has_the_traceback_of_a_stop_once(graph: Host, state: Path, options: tuple[str, ...]) -> None:
    assert graph.ask("start", "good.toml", "--detach", *options).code == 0
    answer = graph.ask("stop")
    assert answer.code == 4
    assert HINT in answer.out
    assert frames(log_of(state)) == ["stop", "open_pool"]


def test_a_verbose_stop_prints_the_traceback(graph: Host) -> None:
    assert graph.ask("start", "good.toml", "--detach").code == 0
    answer = graph.ask("stop", "-v")
    assert answer.code == 4
    assert frames(answer.out) == ["stop", "open_pool"]
    assert HINT not in answer.out


def test_a_verbose_reload_prints_the_traceback(graph: Host) -> None:
    changing = graph.folder / "changing.toml"
    changing.write_text("[drivers.b]\nlifecycle = 'tierdeps:Lifecycle'")
    assert graph.ask("start", "changing.toml", "--detach").code == 0
    changing.write_text(changing.read_text() + (graph.folder / "bad.toml").read_text().replace("[", "\n["))
    assert HINT in graph.ask("reload").out
    told = graph.ask("reload", "-v")
    assert frames(told.out) == ["start", "open_pool"]
    assert HINT not in told.out
    assert graph.ask("stop").code == 0
