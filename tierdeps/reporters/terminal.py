"""A run live on a terminal: the picture of it, and failures above that.

Each start imports this module with the other reporters; rich is imported only by one that draws.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.model import State, StepEvent
from tierdeps.model.report import DEGRADED
from tierdeps.reporters import Reporter
from tierdeps.words.layout import wrapped
from tierdeps.words.palette import STYLES
from tierdeps.words.report import (
    blocked_lines,
    degraded_names,
    note_lines,
    report_lines,
    started_text,
    stopped_names,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType
    from rich.live import Live

    from tierdeps.model import Event, Plan, Report

REFRESHES_PER_S = 8
#: The events that are printed above the picture at once, with the kinds of their words in the palette.
PRINTED = {State.FAILED: "error", State.SKIPPED: "dim"}


class TerminalReporter(Reporter):
    """Shows a run on a terminal; ``clock`` returns monotonic seconds.

    ``expected`` returns how many seconds the start of a plan will take. ``is_foreground`` says whether the terminal is
    ours: the picture of a job in the background would be drawn over what its user does meanwhile.
    """

    def __init__(
        self,
        console: Console,
        clock: Callable[[], float],
        expected: Callable[[Plan], float | None] = lambda _: None,
        is_foreground: Callable[[], bool] = lambda: True,
    ) -> None:
        from tierdeps.words.run_picture import RunPicture

        self._console = console
        self._picture = RunPicture(clock, expected)
        self._is_foreground = is_foreground
        #: Whether the seconds of a report are no longer those of the start.
        self._reloaded = False
        self._notes: tuple[str, ...] = ()
        self._came_up = False
        #: The drivers whose failure has been printed.
        self._failed: set[str] = set()
        #: The lines of what is blocked that have been printed.
        self._blocked: tuple[str, ...] = ()
        self._runs = False
        self._live = self._new_live(REFRESHES_PER_S)

    def run_started(self, plan: Plan) -> None:
        """Draw the picture."""
        self._picture.start(plan)
        self._runs = True
        self.resume()

    def plan_changed(self, plan: Plan) -> None:
        """Draw the tiers of the new plan; drivers of both plans keep their states."""
        self._reloaded = True
        self._picture.change(plan)

    @property
    def is_hidden(self) -> bool:
        """Whether the picture is to be drawn, and is not."""
        return self._runs and not self._live.is_started

    def suspend(self) -> None:
        """Remove the picture, and give the terminal back as it was; events are printed all the same."""
        self._live.stop()

    def resume(self) -> None:
        """Draw the picture again, if the run goes on and the terminal is ours."""
        if self.is_hidden and self._is_foreground():
            self._live = self._new_live(self._live.refresh_per_second)
            self._live.start()

    def event(self, event: Event) -> None:
        """Draw the change; a failure is printed above the picture, once."""
        self._picture.event(event)
        if self._picture.is_busy:
            self._pace(REFRESHES_PER_S)
        if event.mark is not None:
            if event.mark is StepEvent.RETRIED or event.state.is_up:
                kind = "good" if event.mark is StepEvent.DONE else "warning"
                self._print(f"{event.driver}:{event.phase}: {event.reason}", STYLES[kind])
        elif event.state.is_up:
            self._failed.discard(event.driver)
            if event.reason.startswith(DEGRADED):
                self._print(f"{event.driver} {event.state} ({event.reason})", STYLES["warning"])
        elif event.state in PRINTED:
            if event.state is State.FAILED:
                self._failed.add(event.driver)
            self._print(f"{event.driver} {event.state}: {event.reason}", STYLES[PRINTED[event.state]])

    def write(self, text: str) -> None:
        """Print a line of others above the picture, which it would garble if it were written directly."""
        from rich.text import Text

        encoding = self._console.encoding
        known = text.encode(encoding, "backslashreplace").decode(encoding)
        with suppress(OSError):
            self._console.print(Text.from_ansi(known), soft_wrap=True)

    def start_ended(self, report: Report) -> None:
        """Print that all drivers are ready, or what is blocked while the run goes on; and the notes."""
        self._picture.end_start()
        if not self._picture.is_busy:
            self._pace(1)  # a run may last for days
        if report.ready and not report.nothing_up:
            degraded = degraded_names(report)
            text = f"{started_text(report, timed=not self._reloaded)}{stopped_names(report)}{degraded}"
            self._print(text, STYLES["warning" if degraded else "good"])
        self._blocked = tuple(blocked_lines(report))
        for line in self._blocked:
            self._print(line, STYLES["warning"])
        for line in note_lines(report):
            self._print(line, STYLES["warning"])
        self._notes, self._came_up = report.notes, report.ready

    def run_ended(self, report: Report) -> None:
        """Remove the picture and print the report."""
        self._runs = False
        self._live.stop()
        for line in report_lines(report, self._notes, printed=self._failed, came_up=self._came_up):
            if line not in self._blocked:
                self._print(line, "")

    def _pace(self, refreshes_per_s: int) -> None:
        """Draw more or less often; the picture is drawn again for that."""
        if refreshes_per_s != self._live.refresh_per_second:
            is_drawn = self._live.is_started
            self._live.stop()
            self._live = self._new_live(refreshes_per_s)
            if is_drawn:
                self._live.start()

    def _new_live(self, refreshes_per_s: float) -> Live:
        """Return a picture that is not drawn yet.

        One that was stopped cannot be started again: it would first erase as many lines as it had before.
        """
        from rich.live import Live

        return Live(
            console=self._console,
            get_renderable=self._render,
            refresh_per_second=refreshes_per_s,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),
            redirect_stdout=sys.stderr.isatty(),  # what is printed goes where the standard error does
        )

    def _print(self, text: str, style: str) -> None:
        from rich.text import Text

        lines = "\n".join(wrapped((printable(text),), self._console.width))  # at once: the picture is drawn after each
        self._console.print(Text(lines, style=style), soft_wrap=True)

    def _render(self) -> RenderableType:
        from rich.console import Group

        return Group(*self._picture.lines())
