"""Text from outside as Textual shows it: without markup, and with escapes for control characters."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.text import Text

from tierdeps._util.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The styles of the kinds of states and messages.
STYLES = {"good": "green", "changed": "yellow", "error": "bold red", "dim": "dim"}


def plain(text: str, kind: str = "") -> Text:
    """Return one line of text in the style of a kind."""
    return Text(printable(text), STYLES.get(kind, ""), no_wrap=True, overflow="ellipsis")


def paragraph(lines: Iterable[str], kind: str = "") -> Text:
    """Return several lines of text, which may be wrapped."""
    return Text("\n".join(map(printable, lines)), STYLES.get(kind, ""))


def moment(seconds: float, now: float | None = None) -> str:
    """Return a time of today, or the day of an earlier one, in local time."""
    at, today = time.localtime(seconds), time.localtime(now)
    return time.strftime("%H:%M:%S" if at[:3] == today[:3] else "%Y-%m-%d", at)
