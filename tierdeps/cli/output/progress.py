"""What a command is at, on the terminal of the standard error, if it takes longer than a second."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from threading import Timer

#: What is done sooner shows nothing.
DELAY_S = 1.0


class Progress:
    """Shows one line, which is removed as soon as anything else is printed.

    Only a thread that the delay starts imports what draws it, so that quick commands do not pay for it.
    """

    def __init__(self, delay_s: float = DELAY_S) -> None:
        self._delay_s = delay_s
        self._lock: AbstractContextManager[object] = nullcontext()
        self._timer: Timer | None = None
        self._bar: Any = None
        self._text = ""
        self._color = False
        self._done = 0
        self._total: int | None = None

    @contextmanager
    def shown(self, text: str, total: int | None = None, *, quiet: bool = False, color: bool = False) -> Iterator[None]:
        """Show a text while the block runs, with a bar if it is known how much there is to do."""
        if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            yield
            return
        from threading import RLock, Timer

        self._lock = RLock()
        self._text, self._done, self._total, self._color = text, 0, total, color
        self._timer = Timer(self._delay_s, self._show)
        self._timer.daemon = True
        self._timer.start()
        try:
            yield
        finally:
            self.clear()

    def step(self, done: int, text: str | None = None) -> None:
        """Say how much is done; this is called often, and what draws it looks by itself."""
        self._done = done
        self._text = self._text if text is None else text

    def clear(self) -> None:
        """Remove the line, and show it no more."""
        timer, self._timer = self._timer, None
        if timer is None:
            return
        timer.cancel()
        with self._lock:
            bar, self._bar = self._bar, None
        if bar is not None:
            with suppress(OSError):  # the terminal is gone
                bar.stop()

    def _show(self) -> None:
        from rich.console import Console
        from rich.live import Live

        class KeepsCursor(Console):
            """A console whose cursor stays: a command that is ended by force could not show it again."""

            def show_cursor(self, show: bool = True) -> bool:
                del show
                return False

        console = KeepsCursor(file=sys.stderr, highlight=False, color_system="auto" if self._color else None)
        bar = Live(console=console, get_renderable=_Line(self), refresh_per_second=5, transient=True)
        with self._lock, suppress(OSError):
            if self._timer is not None:  # it is not over meanwhile
                self._bar = bar
                bar.start()

    @property
    def state(self) -> tuple[str, int, int | None]:
        """The text, how much is done, and how much there is to do."""
        return self._text, self._done, self._total


class _Line:
    """Draws the line: a sign that moves, the text, a bar, and the time."""

    def __init__(self, progress: Progress) -> None:
        from rich.spinner import Spinner

        self._progress = progress
        self._since: float | None = None
        self._spinner = Spinner("line", style="cyan")

    def __call__(self) -> Any:
        from time import monotonic

        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        now = monotonic()
        self._since = self._since or now - DELAY_S
        text, done, total = self._progress.state
        line = Table.grid(padding=(0, 1))
        cells: list[Any] = [self._spinner, Text(text, no_wrap=True, overflow="ellipsis")]
        if total:
            cells += [ProgressBar(total=total, completed=done, width=24), Text(f"{done} of {total}")]
        line.add_row(*cells, Text(f"{now - self._since:.0f} s", style="dim"))
        return line


PROGRESS = Progress()
