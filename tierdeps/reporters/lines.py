"""A run line by line, for whoever is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.model import Mark, State
from tierdeps.reporters import Reporter
from tierdeps.words.report import note_lines, report_lines, traceback_lines
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Event, Plan, Report

#: Marks of steps that are told of one by one only where a driver has several phases, or where asked for.
COMMON = (Mark.BEGUN, Mark.DONE)


class LineReporter(Reporter):
    """Says each transition in a line; ``verbose`` each step too."""

    def __init__(self, say: Callable[[str], None], *, verbose: bool = False) -> None:
        self._say = say
        self._verbose = verbose
        self._tiers: dict[str, str] = {}
        self._tier = ""
        self._notes: tuple[str, ...] = ()

    def run_began(self, plan: Plan) -> None:
        """Remember which tier each driver is of."""
        self._tiers = {driver.name: driver.tier for driver in plan} if len(plan.tiers) > 1 else {}

    def plan_changed(self, plan: Plan) -> None:
        """Go by the tiers of the plan that the run goes on with."""
        self.run_began(plan)

    def event(self, event: Event) -> None:
        """Say it."""
        if event.mark is not None:
            if event.mark in COMMON and event.state is not State.READY and not self._verbose:
                return
            if event.mark is Mark.FAILED:  # the driver's own failure follows, and says the same
                return
        self._say_tier(event)
        self._say(printable(f"{event.at:8.3f}  {event_text(event)}"))

    def _say_tier(self, event: Event) -> None:
        tier = self._tiers.get(event.driver, "")
        if event.state is State.STARTING and tier != self._tier:
            self._tier = tier
            self._say(printable(f"{event.at:8.3f}  tier {tier}"))

    def raised(self, driver: str, traceback: str) -> None:
        """Say where a driver raised an exception, if asked to say more."""
        if self._verbose:
            for line in traceback_lines(driver, traceback):
                self._say(line)

    def start_ended(self, report: Report) -> None:
        """Say whether all is up, and what there is to note: the end may be far away."""
        if report.ready and not report.nothing_up:
            self._say(f"{report.seconds:8.3f}  all is ready")
        for line in note_lines(report):
            self._say(line)
        self._notes = report.notes

    def run_ended(self, report: Report) -> None:
        """Say what came out."""
        for line in report_lines(report, self._notes, verbose=self._verbose):
            self._say(line)


class DryReporter(Reporter):
    """Says what would be done."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._steps = 0

    def event(self, event: Event) -> None:
        """Say which step would begin, or what would be left out."""
        if event.mark is Mark.BEGUN:
            self._steps += 1
            self._say(printable(f"would start {event.driver}:{event.phase}"))
        elif event.state is State.SKIPPED:
            self._say(printable(f"would skip {event.driver}: {event.reason}"))
        elif event.state is State.BLOCKED:
            self._say(printable(f"would not start {event.driver}: {event.reason}"))

    def run_ended(self, report: Report) -> None:
        """Say how much it would be, and what is wrong with it."""
        if report.problem:
            self._say(printable(f"error: {report.problem}"))
        self._say(f"{counted(self._steps, 'step')} of {counted(len(report.outcomes), 'driver')}; nothing was done")


def event_text(event: Event) -> str:
    """Say what happened, in a few words."""
    what = f"{event.driver}:{event.phase} {event.mark}" if event.mark is not None else f"{event.driver} {event.state}"
    return f"{what}: {event.reason}" if event.reason else what
