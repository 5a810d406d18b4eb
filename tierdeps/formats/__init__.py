"""Formats turn the answer of a command into text; each document is one file or package here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import Value
from tierdeps.words.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Format", "View"]


class Format(Value):
    """One value of ``--format`` for one command.

    ``document`` names what is formatted: ``check`` (a CheckReport), ``order`` (a Plan), and so on. ``render`` yields
    lines of text without their ends; it never prints. ``render_each`` formats several answers as one text, where
    the format can do that: for ``check --each`` it takes Checks. With ``commands``, lines may be
    commands to a code host; in all other formats, whatever looks like one is escaped. With ``prose``, lines are
    broken between words at the width of a terminal.
    """

    document: str
    name: str
    render: Callable[[Any, View], Iterable[str]]
    render_each: Callable[[Any, View], Iterable[str]] | None = None
    commands: bool = False
    prose: bool = False
