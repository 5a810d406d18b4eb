"""Runs on a terminal."""

from __future__ import annotations

from errno import EIO
from io import BytesIO, StringIO, TextIOWrapper
from typing import TYPE_CHECKING

from rich.console import Console

from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Event, Outcome, Report, State, StepEvent
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


def test_what_others_say_stands_above_the_picture() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    reporter.run_started(DependencyGraph([Driver("a"), Driver("b")]).collapse())
    reporter._live.refresh()
    drawn = len(shown(terminal))
    reporter.write("\x1b[36mweb\x1b[0m | " + "listening " * 20)
    said = shown(terminal)[drawn:]
    reporter._live.stop()
    assert said.startswith(f"\r\x1b[2Kweb | {'listening ' * 20}\n"), "it is not behind the picture, nor folded"
    assert "default  ------------------------  0/2" in said


def test_what_others_say_is_shown_as_far_as_the_terminal_can() -> None:
    file = TextIOWrapper(BytesIO(), encoding="ascii")
    TerminalReporter(Console(file=file, force_terminal=True, color_system=None), lambda: 0.0).write("Gr\xfc\xdfe")
    file.seek(0)
    assert file.read() == "Gr\\xfc\\xdfe\n"


def test_nothing_is_written_to_a_terminal_that_is_gone() -> None:
    class Gone(StringIO):
        def write(self, text: str, /) -> int:
            raise OSError(EIO, text)

    TerminalReporter(Console(file=Gone(), force_terminal=True), lambda: 0.0).write("stopping")


def test_the_picture_has_a_bar_for_each_tier_and_what_runs() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    reporter._tiers = {"core": ("secret", "storage")}
    reporter._states = {"secret": State.READY, "storage": State.PENDING}
    reporter.event(Event(0.0, "storage", State.STARTING, "autostart", StepEvent.STARTED))
    terminal.print(reporter._render())
    assert "core  ============------------  1/2" in shown(terminal)
    assert "storage:autostart 0.0 s" in shown(terminal)


def test_the_picture_after_a_reload_is_of_the_new_plan() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    reporter._states = {"secret": State.READY, "gone": State.STOPPED}
    reporter.plan_changed(DependencyGraph([Driver("secret"), Driver("new")]).collapse())
    terminal.print(reporter._render())
    assert "default  ============------------  1/2" in shown(terminal)


def test_a_reload_does_not_claim_to_have_taken_as_long_as_the_run_has_lasted() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    plan = DependencyGraph([Driver("a")]).collapse()
    ready = (Outcome("a", State.READY),)
    reporter.start_ended(Report(plan, ready, seconds=0.5))
    reporter.plan_changed(plan)
    reporter.start_ended(Report(plan, ready, seconds=600.5))
    assert "all 1 drivers are ready after 0.50 s\n" in shown(terminal)
    assert "all 1 drivers are ready\n" in shown(terminal)
    assert "600" not in shown(terminal)
