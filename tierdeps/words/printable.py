"""Text that somebody else wrote, made safe for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return one line of text with whatever a terminal would act upon written as an escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
