"""Text that somebody else wrote, made safe for a terminal, and for a code host that reads what commands say."""

from __future__ import annotations

import re

#: What shows nothing, though Python calls it printable: fillers, joiners, and variation selectors without a symbol.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\ufe00-\ufe0d\U000e0100-\U000e01ef]"
    "|(?<!\\W)[\ufe0e\ufe0f]"
)
#: What code hosts take for a command to them: ``::name::`` where a line begins, if behind blanks; the others anywhere.
_COMMAND = re.compile(r"^([^\S\n]*):(?=:)|##(?=\[|(?i:vso|teamcity)\[)", re.MULTILINE)


def printable(text: str) -> str:
    """Return one line of text with whatever a terminal would act upon, or not show, written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    escaped = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode(), escaped)


def inert(text: str) -> str:
    """Return lines of text in which no code host finds a command to it; documents of JSON keep their meaning."""
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(_disarmed, text)


def _disarmed(found: re.Match[str]) -> str:
    blanks = found[1]
    return "#\\u0023" if blanks is None else f"{blanks}\\x3a"
