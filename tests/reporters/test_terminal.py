"""Runs on a terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Event, Mark, State
from tierdeps.reporters.terminal import TerminalReporter

if TYPE_CHECKING:
    from tests.reporters.conftest import Play


def console() -> Console:
    return Console(file=StringIO(), force_terminal=True, width=100, highlight=False, color_system=None)


def shown(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_shows_what_went_wrong_and_the_report(play: Play) -> None:
    terminal = console()
    play(TerminalReporter(terminal, lambda: 0.0))
    assert "storage failed: OSError: no \\x1b[31mpool" in shown(terminal)
    assert "blocked by it: qemu" in shown(terminal)
    assert "core" in shown(terminal)


def test_says_when_all_is_ready(play: Play) -> None:
    terminal = console()
    play(TerminalReporter(terminal, lambda: 0.0), broken=False)
    assert "all 2 drivers are ready after 1.00 s" in shown(terminal)


def test_the_picture_has_a_bar_for_each_tier_and_what_runs() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    reporter._tiers = {"core": ("secret", "storage")}
    reporter._states = {"secret": State.READY, "storage": State.PENDING}
    reporter.event(Event(0.0, "storage", State.STARTING, "autostart", Mark.BEGUN))
    terminal.print(reporter._picture())
    assert "core  ============------------  1/2" in shown(terminal)
    assert "storage:autostart 0.0 s" in shown(terminal)


def test_the_picture_after_a_reload_is_of_the_new_plan() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    reporter._states = {"secret": State.READY, "gone": State.STOPPED}
    reporter.plan_changed(DependencyGraph([Driver("secret"), Driver("new")]).collapse())
    terminal.print(reporter._picture())
    assert "default  ============------------  1/2" in shown(terminal)
