"""Formats turn the answer of a command into text; each document is one file or package here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.code_locations import CodeLocations


def _no_locations() -> CodeLocations:
    from tierdeps.code_locations import CodeLocations

    return CodeLocations()


class View(Value):
    """Options of the output: at most ``limit`` items of a kind (None: all), coloured, with reasons.

    With ``known``, findings that the baseline excuses are included. ``locations`` maps findings to files of the
    repository, for code hosts; ``width`` is the length of a line, for charts.
    """

    limit: int | None = 20
    color: bool = False
    explain: bool = False
    verbose: bool = False
    locations: CodeLocations = field(default_factory=_no_locations)
    width: int = 100
    known: bool = False

    @property
    def plain(self) -> View:
        """The same options without colour, for output that is not a terminal."""
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
