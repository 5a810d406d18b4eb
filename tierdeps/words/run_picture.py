"""The picture of a run: its tiers, what goes on in them now, and how far it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from tierdeps._util.text import printable
from tierdeps.model import State, StepEvent
from tierdeps.words.palette import STYLES
from tierdeps.words.sentences import counted, seconds_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tierdeps.model import Event, Plan

#: The maximal number of calls, tiers and names that are shown; further ones are counted.
MAX_CALLS_SHOWN = 8
MAX_TIERS_SHOWN = 6
BAR_WIDTH = 24
#: From when on a time is shown in minutes.
MINUTES_FROM_S = 120
UP = (State.READY, State.ADOPTED, State.SKIPPED)
DOWN = (State.FAILED, State.BLOCKED)
#: The states that are counted, in this order, with the kinds of their words in the palette.
COUNTED = {
    State.FAILED: "error",
    State.BLOCKED: "warning",
    State.SKIPPED: "dim",
    State.STOPPING: "dim",
    State.STOPPED: "dim",
}


class RunPicture:
    """What a run looks like at a moment; ``clock`` returns monotonic seconds.

    ``expected`` is how many seconds the start will take by earlier runs, None where that is unknown.
    """

    def __init__(self, clock: Callable[[], float], expected: Callable[[Plan], float | None] = lambda _: None) -> None:
        self._clock = clock
        self._expected_of = expected
        self._expected: float | None = None
        self._since = clock()
        self._is_starting = True
        self._states: dict[str, State] = {}
        self._tiers: dict[str, tuple[str, ...]] = {}
        self._running: dict[str, tuple[str, float]] = {}

    def start(self, plan: Plan) -> None:
        """Start with a plan."""
        self._since = self._clock()
        self._expected = self._expected_of(plan)
        self.change(plan)

    def change(self, plan: Plan) -> None:
        """Go on with another plan; drivers of both keep their states."""
        self._tiers = {tier.name: tier.drivers for tier in plan.tiers}
        self._states = {name: self._states.get(name, State.PENDING) for name in plan.drivers}

    def end_start(self) -> None:
        """Record that the start is complete."""
        self._is_starting = False

    def event(self, event: Event) -> None:
        """Record what happened to a driver."""
        if event.mark is StepEvent.STARTED:
            self._running[event.driver] = (event.phase or "", self._clock())
            return
        self._running.pop(event.driver, None)
        if event.mark is None:
            self._states[event.driver] = event.state
            if event.state is State.STOPPING:
                self._running[event.driver] = ("stop", self._clock())

    @property
    def is_busy(self) -> bool:
        """Whether anything but the time changes from one moment to the next."""
        return self._is_starting or bool(self._running)

    def lines(self) -> Iterator[Text]:
        """Yield the lines of the picture; tiers that are done are folded into one, and so are those that come later."""
        done, active, later = self._sorted_tiers()
        shown = active[:MAX_TIERS_SHOWN]
        if self._is_starting and (done or len(self._tiers) > 1):
            yield from self._folded("done", done)
        width = max((len(printable(tier)) for tier in shown), default=0)
        yield from (self._bar(tier, width) for tier in shown)
        yield from self._calls()
        yield from self._folded("later", [*active[MAX_TIERS_SHOWN:], *later])
        yield self._summary()

    def _sorted_tiers(self) -> tuple[list[str], list[str], list[str]]:
        """Return the tiers that are done, those in which something goes on or is missing, and those that come later."""
        done: list[str] = []
        active: list[str] = []
        later: list[str] = []
        for tier, drivers in self._tiers.items():
            states = {self._states[name] for name in drivers}
            if states <= {*UP, *DOWN, State.STOPPED}:
                done.append(tier)
            elif states == {State.PENDING} and (active or done):
                later.append(tier)
            else:
                active.append(tier)
        if not active and later:
            active.append(later.pop(0))
        return done, active, later

    def _folded(self, word: str, tiers: Sequence[str]) -> Iterator[Text]:
        if tiers:
            names = ", ".join(f"{printable(tier)} ({len(self._tiers[tier])})" for tier in tiers[:MAX_TIERS_SHOWN])
            more = f" and {len(tiers) - MAX_TIERS_SHOWN} more" if len(tiers) > MAX_TIERS_SHOWN else ""
            yield Text(f"{word}: {names}{more}", style=STYLES["dim"], no_wrap=True, overflow="ellipsis")

    def _bar(self, tier: str, width: int) -> Text:
        drivers = self._tiers[tier]
        up = sum(self._states[name] in UP for name in drivers)
        down = sum(self._states[name] in DOWN for name in drivers)
        filled = BAR_WIDTH * up // len(drivers)
        broken = min(BAR_WIDTH - filled, -(-BAR_WIDTH * down // len(drivers)))
        return Text.assemble(
            (f"{printable(tier):{width}}", STYLES["tier"]),
            "  ",
            ("=" * filled, STYLES["good"]),
            ("x" * broken, STYLES["bad"]),
            ("-" * (BAR_WIDTH - filled - broken), STYLES["dim"]),
            f"  {up}/{len(drivers)}",
            no_wrap=True,
            overflow="ellipsis",
        )

    def _calls(self) -> Iterator[Text]:
        """Yield what runs now; what has run for longest is what the others wait for."""
        now = self._clock()
        running = sorted(self._running.items(), key=lambda call: call[1][1])
        for name, (phase, since) in running[:MAX_CALLS_SHOWN]:
            yield Text.assemble(
                "  ",
                (printable(name), STYLES["driver"]),
                ":",
                (printable(phase), STYLES["phase"]),
                f"  {now - since:.1f} s",
                no_wrap=True,
                overflow="ellipsis",
            )
        if len(running) > MAX_CALLS_SHOWN:
            yield Text(f"  and {len(running) - MAX_CALLS_SHOWN} more", style=STYLES["dim"])

    def _summary(self) -> Text:
        counts = Counter(self._states.values())
        total = len(self._states)
        ready = counts[State.READY] + counts[State.ADOPTED]
        parts: list[str | tuple[str, str]] = [f"{ready} of {counted(total, 'driver')} ready"]
        for state, kind in COUNTED.items():
            if counts[state]:
                parts += [", ", (f"{counts[state]} {state}", STYLES[kind])]
        return Text.assemble(*parts, (self._time(), STYLES["dim"]), no_wrap=True, overflow="ellipsis")

    def _time(self) -> str:
        passed = self._clock() - self._since
        if not self._is_starting:
            return f"  running for {seconds_text(passed) if passed >= MINUTES_FROM_S else f'{passed:.0f} s'}"
        text = f"  {passed:.1f} s"
        if self._expected is None:
            return text
        if passed > self._expected:
            return f"{text}; earlier starts took about {seconds_text(self._expected)}"
        return f"{text} of about {seconds_text(self._expected)}"
