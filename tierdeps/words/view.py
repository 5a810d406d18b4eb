"""How output is to look: the options that commands pass to formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, replace

if TYPE_CHECKING:
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
