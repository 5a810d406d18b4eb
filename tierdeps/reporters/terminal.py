"""A run live on a terminal: a bar for each tier, the calls that run now, and failures above them."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tierdeps._util.text import printable
from tierdeps.model import State, StepEvent
from tierdeps.reporters import Reporter
from tierdeps.words.report import degraded_names, note_lines, report_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType

    from tierdeps.model import Event, Plan, Report

#: Further calls are counted.
MAX_CALLS_SHOWN = 8
BAR_WIDTH = 24
COLOURS = {
    State.READY: "green",
    State.FAILED: "red",
    State.BLOCKED: "yellow",
    State.SKIPPED: "dim",
    State.STOPPED: "dim",
}
SETTLED = {State.READY, State.ADOPTED, State.SKIPPED, State.FAILED, State.BLOCKED}


class TerminalReporter(Reporter):
    """Shows a run on a terminal; ``clock`` returns monotonic seconds."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        #: Whether the seconds of a report are no longer those of the start.
        self._reloaded = False
        self._states: dict[str, State] = {}
        self._tiers: dict[str, tuple[str, ...]] = {}
        self._running: dict[str, tuple[str, float]] = {}
        self._notes: tuple[str, ...] = ()
        self._live = Live(
            console=console,
            get_renderable=self._render,
            refresh_per_second=8,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),
            redirect_stdout=sys.stderr.isatty(),  # what is printed goes where the standard error does
        )

    def run_started(self, plan: Plan) -> None:
        """Draw the tiers."""
        self._draw(plan)
        self._live.start()

    def plan_changed(self, plan: Plan) -> None:
        """Draw the tiers of the new plan; drivers of both plans keep their states."""
        self._reloaded = True
        self._draw(plan)

    def _draw(self, plan: Plan) -> None:
        self._tiers = {tier.name: tier.drivers for tier in plan.tiers}
        self._states = {name: self._states.get(name, State.PENDING) for name in plan.drivers}

    def event(self, event: Event) -> None:
        """Draw the change; a failure is printed above the picture."""
        if event.mark is StepEvent.STARTED:
            self._running[event.driver] = (event.phase or "", self._clock())
            return
        if event.mark is not None:
            self._running.pop(event.driver, None)
            if event.mark is StepEvent.RETRIED or event.state is State.READY:
                style = "green" if event.mark is StepEvent.DONE else "yellow"
                self._print(f"{event.driver}:{event.phase}: {event.reason}", style)
            return
        self._states[event.driver] = event.state
        self._running.pop(event.driver, None)
        if event.state is State.STOPPING:
            self._running[event.driver] = ("stop", self._clock())
        elif event.state is State.READY and event.reason:
            self._print(f"{event.driver} {event.state} ({event.reason})", "yellow")
        elif event.state in (State.FAILED, State.BLOCKED, State.SKIPPED):
            self._print(f"{event.driver} {event.state}: {event.reason}", COLOURS[event.state])

    def write(self, text: str) -> None:
        """Print a line of others above the picture, which it would garble if it were written directly."""
        encoding = self._console.encoding
        known = text.encode(encoding, "backslashreplace").decode(encoding)
        with suppress(OSError):
            self._console.print(Text.from_ansi(known), soft_wrap=True)

    def start_ended(self, report: Report) -> None:
        """Print that all is ready, and the notes."""
        if report.ready and not report.nothing_up:
            took = "" if self._reloaded else f" after {report.seconds:.2f} s"
            degraded = degraded_names(report)
            text = f"all {len(report.outcomes)} drivers are ready{took}{degraded}"
            self._print(text, "yellow" if degraded else "green")
        for line in note_lines(report):
            self._print(line, "yellow")
        self._notes = report.notes

    def run_ended(self, report: Report) -> None:
        """Remove the picture and print the report."""
        self._live.stop()
        for line in report_lines(report, self._notes):
            self._print(line, "")

    def _print(self, text: str, style: str) -> None:
        self._console.print(Text(printable(text), style=style), soft_wrap=True)

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for tier, drivers in self._tiers.items():
            done = sum(self._states[name] in SETTLED for name in drivers)
            filled = BAR_WIDTH * done // len(drivers)
            bar = Text("=" * filled, style="green") + Text("-" * (BAR_WIDTH - filled), style="dim")
            table.add_row(Text(printable(tier)), bar, Text(f"{done}/{len(drivers)}"))
        now = self._clock()
        lines = [
            Text(printable(f"  {name}:{phase} {now - since:.1f} s"), style="cyan")
            for name, (phase, since) in list(self._running.items())[:MAX_CALLS_SHOWN]
        ]
        more = len(self._running) - len(lines)
        if more:
            lines.append(Text(f"  and {more} more", style="dim"))
        return Group(table, *lines)
