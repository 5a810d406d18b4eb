"""The log of the chosen driver: it follows what is added, and finds text."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import RichLog

from tierdeps._util.text import printable
from tierdeps.ui.texts import STYLES, moment

if TYPE_CHECKING:
    from tierdeps.ui.source import LogPart, LogText

#: How many lines are kept.
MAX_LINES = 2000
_KINDS = {"stderr": "changed", "note": "dim"}


class LogPane(RichLog):
    """Lines as they are, one row each. ``follows`` says whether new lines are scrolled to."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  as widgets have it
        super().__init__(id=id, max_lines=MAX_LINES, min_width=0, wrap=False, markup=False, highlight=False)
        self._kept: deque[LogText] = deque(maxlen=MAX_LINES)
        self.searched: str = ""
        #: The match that is jumped to, counted from the last line, which new lines move.
        self._from_end = 0

    @property
    def follows(self) -> bool:
        """Whether new lines are scrolled to."""
        return self.auto_scroll

    @property
    def count(self) -> int:
        """How many lines match the text that is searched for."""
        return len(self._matches())

    def show(self, part: LogPart) -> None:
        """Add lines; those of another driver or run replace what is there, and are followed."""
        if part.whole:
            self.auto_scroll = True
            self._kept.clear()
            self.clear()
            self._from_end = 0
        self._from_end += len(part.lines)
        self._kept.extend(part.lines)
        for line in part.lines[-MAX_LINES:]:
            self.write(self._text(line), shrink=False)

    def follow(self, *, follows: bool) -> None:
        """Scroll to new lines from now on, or stay where it is."""
        self.auto_scroll = follows
        if follows:
            self.scroll_end(animate=False)

    def search(self, text: str) -> None:
        """Mark all lines that contain a text, in either case, and go to the last one; an empty text ends it."""
        self.searched = text.casefold()
        self._from_end = 0
        if not self.jump(-1):
            self._write_all(-1)

    def jump(self, step: int) -> bool:
        """Go to the match before (-1) or after (1) the one that was gone to; return whether there is one."""
        at = len(self._kept) - self._from_end
        found = [number for number in self._matches() if (number < at if step < 0 else number > at)]
        if not found:
            return False
        chosen = found[-1] if step < 0 else found[0]
        self._from_end = len(self._kept) - chosen
        self.auto_scroll = False
        self._write_all(chosen)
        self.scroll_to(y=max(0, chosen - self.size.height // 2), animate=False)
        return True

    def _matches(self) -> list[int]:
        return [number for number, line in enumerate(self._kept) if self._is_match(line)]

    def _is_match(self, line: LogText) -> bool:
        return bool(self.searched) and self.searched in printable(line.text).casefold()

    def _write_all(self, current: int) -> None:
        self.clear()
        for number, line in enumerate(self._kept):
            self.write(self._text(line, is_current=number == current), shrink=False)

    def _text(self, line: LogText, *, is_current: bool = False) -> Text:
        text = Text(printable(line.text), STYLES.get(_KINDS.get(line.stream, ""), ""))
        if self._is_match(line):
            text.stylize("reverse" if is_current else "bold underline")
        return Text.assemble((f"{moment(line.time)} ", "dim"), text)
