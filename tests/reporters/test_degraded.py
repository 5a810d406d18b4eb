"""What is said of drivers that are ready though some of their parts are not, and of what findings keep down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console

from tierdeps._util.frozen import replace
from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, requires
from tierdeps.reporters.json_lines import JsonLineReporter
from tierdeps.reporters.lines import LineReporter
from tierdeps.reporters.terminal import TerminalReporter

if TYPE_CHECKING:
    from tierdeps.reporters import Reporter


class Pools(Lifecycle):
    def start(self, context: Context) -> None:
        context.degraded("pool p1: its folder is \x1b[31mgone")


def play(reporter: Reporter) -> None:
    drivers = (
        Driver("storage", lifecycle=Pools),
        Driver("guest"),
        Driver("on-guest", dependencies=(requires("guest"),)),
    )
    plan = DependencyGraph(drivers).collapse()
    refused = replace(plan.drivers["guest"], blocked="TD103: it requires mars, which is nowhere")
    plan = replace(plan, drivers={**plan.drivers, "guest": refused}, problems=("LV201: odd.xml cannot be read",))

    async def main() -> None:
        executor = Executor(plan, engine=INLINE, reporters=(reporter,))
        await executor.start()
        await executor.stop()

    run_virtually(main())


REPORT = [
    "error: LV201: odd.xml cannot be read",
    "blocked: guest: TD103: it requires mars, which is nowhere",
    "  blocked by it: on-guest",
    "degraded: storage: pool p1: its folder is \\x1b[31mgone",
    "stopped: storage",
    "start failed: 2 blocked, 1 ready, 1 degraded; 3 drivers, 0.00 s",
]


def test_lines_show_the_state_with_its_reason_and_the_report_names_it() -> None:
    said: list[str] = []
    play(LineReporter(said.append))
    assert "   0.000  storage ready (degraded: pool p1: its folder is \\x1b[31mgone)" in said
    assert "   0.000  guest blocked: TD103: it requires mars, which is nowhere" in said
    assert said[-len(REPORT) :] == REPORT


def test_what_is_only_degraded_is_ready_and_named() -> None:
    said: list[str] = []
    plan = DependencyGraph((Driver("storage", lifecycle=Pools), Driver("guest"))).collapse()
    run_virtually(Executor(plan, engine=INLINE, reporters=(LineReporter(said.append),)).start())
    assert said[-1] == "   0.000  all drivers are ready, but degraded: storage"


def test_the_terminal_shows_it_too() -> None:
    console = Console(force_terminal=True, width=200, record=True, legacy_windows=False, color_system=None)
    play(TerminalReporter(console, lambda: 0.0))
    text = console.export_text()
    assert "storage ready (degraded: pool p1: its folder is \\x1b[31mgone)" in text
    assert "degraded: storage: pool p1" in text


def test_json_has_the_state_and_the_parts_apart() -> None:
    said: list[str] = []
    play(JsonLineReporter(said.append))
    report = json.loads(said[-1])
    assert report["problems"] == ["LV201: odd.xml cannot be read"]
    assert report["root_causes"] == ["guest"]
    assert report["ok"] is False
    of = {outcome["driver"]: outcome for outcome in report["outcomes"]}
    assert (of["storage"]["state"], of["storage"]["degraded"]) == ("ready", "pool p1: its folder is \x1b[31mgone")
    assert (of["guest"]["state"], of["guest"]["degraded"], of["guest"]["cause"]) == ("blocked", "", [])
    assert of["on-guest"]["cause"] == ["guest"]
