"""Where a code host is pointed to: the file in the repository, and the line, that a finding is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.value import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.model import Finding, Origin


class Spot(Value):
    """A place in a file of the repository; ``key`` is the way to it in a graph file."""

    file: str
    line: int | None = None
    key: str = ""


class Spots(Value):
    """Finds places in the repository.

    ``paths`` maps the files of origins to those of the repository, where they differ; ``home`` is pointed to where
    nothing better is known, for code hosts want a place for everything.
    """

    home: str = "tierdeps.toml"
    paths: Mapping[str, str] = field(default_factory=dict)

    def of(self, origin: Origin) -> Spot | None:
        """Return the place of an origin, None where no file is known."""
        file = self.paths.get(origin.file, origin.file)
        return Spot(file, origin.line, origin.key) if file else None

    def first(self, finding: Finding) -> Spot:
        """Return the place to look at first."""
        found = (self.of(origin) for origin in finding.origins)
        return next((spot for spot in found if spot is not None), Spot(self.home))
