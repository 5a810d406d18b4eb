"""The code that blocks the event loop of a run is named by its line, at once and in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.hosts import Host

DEEDS = """
import asyncio, time
from tierdeps import Lifecycle

class Creates(Lifecycle):
    async def start(self, context):
        async def work():
            time.sleep(2)  # the line
        await asyncio.create_task(work())

class Calls(Lifecycle):
    async def start(self, context):
        def work():
            time.sleep(2)  # the line
        asyncio.get_running_loop().call_soon(work)
        await asyncio.sleep(0.1)

class Blocks(Lifecycle):
    async def start(self, context):
        time.sleep(2)  # the line

class Waits(Lifecycle):
    async def start(self, context):
        await asyncio.sleep(1)
    def stop(self, context):
        time.sleep(1)
"""


def start(host: Host, kind: str) -> tuple[str, str]:
    (host.folder / "deeds.py").write_text(DEEDS)
    (host.folder / "graph.toml").write_text(f'[drivers.a]\nlifecycle = "deeds:{kind}"\n')
    answer = host.ask("start", "graph.toml", "--once")
    assert answer.code == 0
    return answer.out, answer.err


@pytest.mark.parametrize("kind", ["Creates", "Calls"])
def test_code_outside_any_call_that_blocks_the_loop_is_named_at_once_and_noted(host: Host, kind: str) -> None:
    out, err = start(host, kind)
    place = DEEDS[: DEEDS.index("# the line", DEEDS.index(kind))].count("\n") + 1
    assert err.count("note: the event loop is blocked by ") == 1
    assert f"deeds.py:{place} (work)" in err
    assert out.count(f"deeds.py:{place} (work) blocked the event loop for ") == 1


def test_a_blocking_method_is_named_at_once_by_its_line_and_in_the_report_by_its_driver(host: Host) -> None:
    out, err = start(host, "Blocks")
    assert "deeds.py:" in err
    assert out.count("blocked the event loop for ") == 1
    assert "a:start blocked the event loop for " in out


def test_awaiting_or_working_in_a_thread_is_not_reported_as_blocking(host: Host) -> None:
    out, err = start(host, "Waits")
    assert "blocked" not in out + err
