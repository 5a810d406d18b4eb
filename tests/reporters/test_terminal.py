"""Runs on a terminal."""

from __future__ import annotations

from errno import EIO
from io import BytesIO, StringIO, TextIOWrapper
from typing import TYPE_CHECKING

from rich.console import Console

from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Event, Outcome, Report, State
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
    assert "blocked by storage: qemu" in shown(terminal)
    assert "core" in shown(terminal)


def test_reports_that_all_drivers_are_ready(play: Play) -> None:
    terminal = console()
    play(TerminalReporter(terminal, lambda: 0.0), broken=False)
    assert "started 2 of 2 drivers in 1.00 s" in shown(terminal)


def test_what_others_say_stands_above_the_picture() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    reporter.run_started(DependencyGraph([Driver("a"), Driver("b")]).collapse())
    reporter._live.refresh()
    drawn = len(shown(terminal))
    reporter.write("\x1b[36mweb\x1b[0m | " + "listening " * 20)
    said = shown(terminal)[drawn:]
    reporter._live.stop()
    assert f"\x1b[2Kweb | {'listening ' * 20}\n" in said, "it is not behind the picture, nor folded"
    assert "default  ------------------------  0/2" in said


def test_a_long_reason_is_wrapped_at_words_with_a_hanging_indent() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    reporter.run_started(DependencyGraph([Driver("a")]).collapse())
    reporter.event(Event(1.0, "a", State.FAILED, reason="listening " * 11 + "in vain"))
    reporter._live.stop()
    assert f"a failed: {'listening ' * 8}listening\n  listening listening in vain\n" in shown(terminal)


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


def test_the_picture_after_a_reload_is_of_the_new_plan() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    reporter.run_started(DependencyGraph([Driver("secret"), Driver("gone")]).collapse())
    for name in ("secret", "gone"):
        reporter.event(Event(0.0, name, State.READY))
    reporter.plan_changed(DependencyGraph([Driver("secret"), Driver("new")]).collapse())
    reporter.suspend()
    drawn = len(shown(terminal))
    terminal.print(reporter._render())
    assert "default  ============------------  1/2" in shown(terminal)[drawn:]


def test_a_failure_is_reported_once_with_what_it_blocks(play: Play) -> None:
    terminal = console()
    play(TerminalReporter(terminal, lambda: 0.0))
    said = shown(terminal)
    assert said.count("OSError: no ") == 2, "of an attempt that is repeated, and of the failure"
    assert said.count("blocked by storage: qemu") == 1
    assert "blocked by it" not in said


def test_a_driver_that_came_up_again_and_fails_is_said_to_fail_again() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 0.0)
    plan = DependencyGraph([Driver("a")]).collapse()
    for state, reason in ((State.FAILED, "it is lost"), (State.READY, ""), (State.FAILED, "it is lost again")):
        reporter.event(Event(0.0, "a", state, reason=reason))
    reporter.run_ended(Report(plan, (Outcome("a", State.FAILED, reason="it is lost again"),)))
    assert shown(terminal).count("it is lost again") == 1
    assert shown(terminal).count("a failed: ") == 2


def test_a_job_in_the_background_draws_nothing_until_it_is_in_the_foreground() -> None:
    terminal, foreground = console(), [False]
    reporter = TerminalReporter(terminal, lambda: 0.0, is_foreground=lambda: foreground[0])
    reporter.run_started(DependencyGraph([Driver("a")]).collapse())
    reporter.event(Event(0.0, "a", State.FAILED, reason="no pool"))
    assert shown(terminal) == "a failed: no pool\n"
    assert reporter.is_hidden
    foreground[0] = True
    reporter.resume()
    reporter.suspend()
    assert "0 of 1 driver ready, 1 failed" in shown(terminal)
    reporter.run_ended(Report(DependencyGraph([Driver("a")]).collapse(), ()))
    assert not reporter.is_hidden


def test_a_picture_that_is_drawn_again_erases_nothing_above_it() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 0.0)
    plan = DependencyGraph([Driver("a")]).collapse()
    reporter.run_started(plan)
    reporter.suspend()
    drawn = len(shown(terminal))
    reporter.resume()
    reporter.suspend()
    assert "\x1b[1A" not in shown(terminal)[drawn:].partition("default")[0]


def test_a_picture_that_is_drawn_at_another_pace_erases_nothing_above_it() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 0.0)
    plan = DependencyGraph([Driver("a")]).collapse()
    reporter.run_started(plan)
    reporter.event(Event(0.0, "a", State.READY))
    reporter.start_ended(Report(plan, (Outcome("a", State.READY),)))
    drawn = len(shown(terminal))
    reporter.event(Event(1.0, "a", State.STOPPING))
    reporter.run_ended(Report(plan, ()))
    _, _, again = shown(terminal)[drawn:].partition("\x1b[?25l")
    assert "\x1b[1A" not in again.partition("default")[0]


def test_a_reload_does_not_claim_to_have_taken_as_long_as_the_run_has_lasted() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 5.0)
    plan = DependencyGraph([Driver("a")]).collapse()
    ready = (Outcome("a", State.READY),)
    reporter.start_ended(Report(plan, ready, seconds=0.5))
    reporter.plan_changed(plan)
    reporter.start_ended(Report(plan, ready, seconds=600.5))
    assert "started 1 of 1 driver in 0.50 s\n" in shown(terminal)
    assert "started 1 of 1 driver\n" in shown(terminal)
    assert "600" not in shown(terminal)


def test_the_picture_is_drawn_less_often_while_nothing_goes_on() -> None:
    terminal = console()
    reporter = TerminalReporter(terminal, lambda: 0.0)
    plan = DependencyGraph([Driver("a")]).collapse()
    reporter.run_started(plan)
    busy = reporter._live.refresh_per_second
    reporter.event(Event(0.0, "a", State.READY))
    reporter.start_ended(Report(plan, (Outcome("a", State.READY),)))
    assert reporter._live.refresh_per_second < busy
    assert not reporter.is_hidden
    reporter.event(Event(1.0, "a", State.STOPPING))
    assert reporter._live.refresh_per_second == busy
    reporter.run_ended(Report(plan, ()))
