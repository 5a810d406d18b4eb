"""Problems of foreign files: each is collected with its place, so that the rest is still read."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A line of a file; line 0 stands for the file as a whole."""

    file: str
    line: int = 0


class Problem(NamedTuple):
    """Something that could not be read, or is not converted: one sentence, and where it is.

    A ``warning`` does not keep the rest from being right. ``drivers`` are those that it concerns.
    """

    place: Place
    message: str
    drivers: tuple[str, ...] = ()
    warning: bool = False


class Problems:
    """Collects the problems of one GRAPH; each is kept once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def error(self, place: Place, message: str, *drivers: str) -> None:
        """Add something that could not be read."""
        self._found[Problem(place, message, drivers)] = None

    def warning(self, place: Place, message: str, *drivers: str) -> None:
        """Add something that is read, but not as the other system would."""
        self._found[Problem(place, message, drivers, warning=True)] = None

    def take(self, other: Problems, *, lines: bool = True) -> None:
        """Add the problems of another collection: all, or only those of files as a whole."""
        self._found |= {problem: None for problem in other.found if lines or not problem.place.line}

    @property
    def found(self) -> tuple[Problem, ...]:
        """All of them, in the order in which they were found."""
        return tuple(self._found)
