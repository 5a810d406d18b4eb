"""A roster some of whose drivers have dependencies that a roster has no place for."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Self, overload

from tierdeps._util.frozen import replace
from tierdeps.resolution.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps.model import Dependency, Driver


class ExtendedRoster(Roster):
    """The drivers of ``plain``; ``more`` has what is added to some of them, by their numbers in ascending order."""

    def __init__(self, plain: Roster, more: Mapping[int, tuple[Dependency, ...]]) -> None:
        super().__init__(plain.names, plain.needs, plain.absent, plain.origin)
        self.plain = plain
        self.more = more

    @classmethod
    def extend(cls, roster: Roster, added: Mapping[str, Sequence[Dependency]]) -> Self | Roster:
        """Return a roster with dependencies added to some of its drivers; the roster itself where it has none of them.

        ``roster`` may be an extended one: what it adds already comes first.
        """
        plain, before = (roster.plain, roster.more) if isinstance(roster, ExtendedRoster) else (roster, {})
        more = dict(before)
        for name, dependencies in added.items():
            place = bisect_left(plain.names, name)
            if place < len(plain) and plain.names[place] == name:
                more[place] = (*more.get(place, ()), *dependencies)
        return cls(plain, dict(sorted(more.items()))) if more else roster

    @overload
    def __getitem__(self, place: int) -> Driver: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Driver, ...]: ...
    def __getitem__(self, place: int | slice) -> Driver | tuple[Driver, ...]:
        """Make a driver."""
        if isinstance(place, slice):
            return super().__getitem__(place)
        number = range(len(self))[place]
        driver, more = super().__getitem__(number), self.more.get(number)
        return replace(driver, dependencies=(*driver.dependencies, *more)) if more else driver
