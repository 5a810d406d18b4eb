"""What the terminal UI shows and does: an interface, so that it knows neither the command line nor the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

Action = Literal["start", "stop", "restart"]


class DriverRow(Value):
    """A driver as the table shows it.

    ``host`` is empty where its name says it; ``kind`` is the colour of its state, as the palette of ``status`` has it;
    ``since`` is when the state began, in seconds since 1970; ``note`` is what it waits for, or why it is in its state.
    """

    driver: str
    tier: str
    state: str
    kind: str
    since: float
    note: str = ""
    host: str = ""


class RunView(Value):
    """The last run of the instance; ``number`` is another one for each run, ``more`` counts drivers not in the list."""

    number: int
    title: str
    pid: int
    alive: bool
    headline: str
    counts: str
    drivers: tuple[DriverRow, ...]
    more: int = 0


class LogText(Value):
    """A line of a driver's log; ``time`` is in seconds since 1970."""

    time: float
    stream: str
    text: str


class LogPart(Value):
    """Lines of one driver's log: the last ones, if ``whole``, or those that were added since the part before."""

    driver: str
    whole: bool
    lines: tuple[LogText, ...]


class Done(Value):
    """The result of an action: whether it succeeded, and the lines that the instance reported."""

    ok: bool
    lines: tuple[str, ...]


class Source(Protocol):
    """One instance. Each method blocks, and is called in a thread; each raises TierdepsError.

    Texts are as drivers and graphs have them; the UI makes them printable.
    """

    def run(self) -> RunView:
        """Return the state of the last run."""
        ...

    def log(self, driver: str) -> LogPart:
        """Return what a driver has logged, or after that, what it has added; no two calls run at once."""
        ...

    def timeline(self, width: int) -> Sequence[str]:
        """Return the chart of the last start, in lines of a width."""
        ...

    def perform(self, action: Action, driver: str, *, dry_run: bool = False) -> Done:
        """Start, stop or restart a driver of the running instance; or with ``dry_run``, report what would be done."""
        ...
