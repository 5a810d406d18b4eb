"""How output is to look: the options that commands pass to formats."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, replace
from tierdeps.words.palette import Palette, no_link

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.code_locations import CodeLocations
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Evidence
    from tierdeps.words.code_frame import CodeFrame


def _no_locations() -> CodeLocations:
    from tierdeps.code_locations import CodeLocations

    return CodeLocations()


def _no_warning(_text: str) -> None:
    """Show a warning to nobody."""


def _no_frame(_evidence: Evidence) -> None:
    return None


class View(Value, dict=True):
    """Options of the output: at most ``limit`` items of a kind (None: all), coloured, with reasons.

    With ``known``, findings that the baseline excuses are included. ``locations`` maps findings to files of the
    repository, for code hosts; ``width`` is the length of a line, for charts. ``address`` returns the address to which
    a file and a line are linked, or an empty text; ``code_frame`` the line of a declaration, if its source is at hand.
    ``graph`` is what a report or a plan is about, for formats that draw it. ``warn`` prints a sentence beside the
    answer, about what the format had to change.
    """

    limit: int | None = 20
    color: bool = False
    explain: bool = False
    verbose: bool = False
    locations: CodeLocations = field(default_factory=_no_locations)
    width: int = 100
    known: bool = False
    address: Callable[[str, int | None], str] = no_link
    code_frame: Callable[[Evidence], CodeFrame | None] = _no_frame
    graph: DependencyGraph | None = None
    warn: Callable[[str], None] = _no_warning

    @cached_property
    def palette(self) -> Palette:
        """The colours."""
        return Palette(color=self.color, address=self.address)

    @property
    def plain(self) -> View:
        """The same options without what only a terminal shows, for documents of code hosts."""
        return replace(self, color=False, address=no_link, code_frame=_no_frame, width=100)
