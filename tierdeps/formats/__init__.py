"""Formats turn the answer of a command into text; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.spots import Spots


def _as_they_are() -> Spots:
    from tierdeps.spots import Spots

    return Spots()


class View(Value):
    """How the reader wants it: at most ``limit`` findings of a kind (None: all), coloured, with reasons.

    With ``known`` the findings that the baseline excuses are shown too. ``spots`` finds the places that code hosts
    are pointed to; ``width`` is that of a line, for what is drawn.
    """

    limit: int | None = 20
    color: bool = False
    explain: bool = False
    verbose: bool = False
    spots: Spots = field(default_factory=_as_they_are)
    width: int = 100
    known: bool = False

    @property
    def plain(self) -> View:
        """The same for a reader that is no terminal."""
        return replace(self, color=False)


class Format(Value):
    """One value of ``--format`` for one command.

    ``document`` names the answer: ``order`` (a Plan), ``check`` (a Verdict), ``graph`` (a Picture). ``render`` yields
    the text in lines without their ends; it never prints. ``render_each`` does so for several answers in one text,
    where that can be: for ``check`` it takes Checks of ``tierdeps.formats.check``. Where ``commands`` is true,
    its lines may be commands to a code host; in other formats, nothing that looks like one is printed as it is.
    """

    document: str
    name: str
    render: Callable[[Any, View], Iterable[str]]
    render_each: Callable[[Any, View], Iterable[str]] | None = None
    commands: bool = False
