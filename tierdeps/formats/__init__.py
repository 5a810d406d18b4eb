"""Formats turn the answer of a command into text; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.code_locations import CodeLocations


def _as_they_are() -> CodeLocations:
    from tierdeps.code_locations import CodeLocations

    return CodeLocations()


class View(Value):
    """How the reader wants it: at most ``limit`` findings of a kind (None: all), coloured, with reasons.

    With ``known`` the findings that the baseline excuses are shown too. ``locations`` finds the places that code hosts
    are pointed to; ``width`` is that of a line, for what is drawn.
    """

    limit: int | None = 20
    color: bool = False
    explain: bool = False
    verbose: bool = False
    locations: CodeLocations = field(default_factory=_as_they_are)
    width: int = 100
    known: bool = False

    @property
    def plain(self) -> View:
        """The same for a reader that is no terminal."""
        return replace(self, color=False)


class Format(Value):
    """One value of ``--format`` for one command.

    ``document`` names what is formatted: ``check`` (a CheckReport), ``order`` (a Plan), and so on. ``render`` yields
    lines of text without their ends; it never prints. ``render_each`` formats several answers as one text, where
    the format can do that: for ``check`` it takes Checks of ``tierdeps.formats.check``. With ``commands``, lines may be
    commands to a code host; in all other formats, whatever looks like one is escaped.
    """

    document: str
    name: str
    render: Callable[[Any, View], Iterable[str]]
    render_each: Callable[[Any, View], Iterable[str]] | None = None
    commands: bool = False
