"""Many drivers that say nothing but what they require: kept as names and numbers, made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import overload

from tierdeps._util.gc import gc_paused
from tierdeps.compact.adjacency import Adjacency, offsets_of
from tierdeps.compact.select import select_kernels
from tierdeps.errors import DeclarationError
from tierdeps.model import Dependency, Driver, Kind, Origin

#: Returns who declared a driver, given by its number and its name, or one of its dependencies by its place among them.
Origins = Callable[[int, str, int | None], Origin]


class Roster(Sequence[Driver]):
    """Drivers sorted by name, of one phase each and with nothing but requirements.

    ``needs`` leads from each driver to what it requires, in the order of declaration; numbers from ``len(names)`` stand
    for ``absent``, targets that are no driver's name.
    """

    def __init__(self, names: Sequence[str], needs: Adjacency, absent: Sequence[str], origin: Origins) -> None:
        self.names = names
        self.needs = needs
        self.absent = absent
        self.origin = origin

    @classmethod
    def of(cls, requirements: Mapping[str, Collection[str]], origin: Origins | None = None) -> Roster:
        """Make a roster of names, each looked up once.

        Raises DeclarationError for what is no name or no list of them.
        """
        _check(requirements)
        with gc_paused():
            names = sorted(requirements)
            lists = list(map(requirements.__getitem__, names))
            if any(issubclass(kind, (set, frozenset)) for kind in set(map(type, lists))):
                lists = [sorted(names) if isinstance(names, (set, frozenset)) else names for names in lists]
            found = cls.listed(names, lists, origin or _nowhere)
        for target in found.absent:
            if not isinstance(target, str) or not target.strip():
                raise DeclarationError("the target of requires", "a name", target)
        return found

    @classmethod
    def listed(cls, names: Sequence[str], lists: Sequence[Collection[str]], origin: Origins) -> Roster:
        """Make a roster of names that are sorted already, and what each requires, of which nothing has to be said."""
        starts = offsets_of(map(len, lists))
        ends, absent = select_kernels(starts[-1]).intern_names(names, lists)
        return cls(names, Adjacency(starts, ends), absent, origin)

    def target(self, number: int) -> str:
        """Return the name that a number stands for."""
        known = len(self.names)
        return self.names[number] if number < known else self.absent[number - known]

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> Driver: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Driver, ...]: ...
    def __getitem__(self, place: int | slice) -> Driver | tuple[Driver, ...]:
        """Make a driver."""
        if isinstance(place, slice):
            return tuple(self[index] for index in range(*place.indices(len(self))))
        number = range(len(self))[place]
        name = self.names[number]
        dependencies = tuple(dependency for _, dependency in self.requirements(number))
        return Driver(name, dependencies=dependencies, origin=self.origin(number, name, None))

    def requirements(self, number: int) -> Iterator[tuple[int, Dependency]]:
        """Make the dependencies of a driver, each with the number of what it requires."""
        name = self.names[number]
        for index, end in enumerate(self.needs.neighbours(number)):
            yield end, Dependency(Kind.REQUIRES, self.target(end), origin=self.origin(number, name, index))


def _nowhere(_number: int, _name: str, _place: int | None) -> Origin:
    return Origin()


def _check(requirements: Mapping[str, Collection[str]]) -> None:
    for kind in set(map(type, requirements)):
        if not issubclass(kind, str):
            wrong = next(name for name in requirements if isinstance(name, kind))
            raise DeclarationError("the name of a driver", "a name", wrong)
    if not all(map(str.strip, requirements)):
        blank = next(name for name in requirements if not name.strip())
        raise DeclarationError("the name of a driver", "a name", blank)
    for kind in set(map(type, requirements.values())):
        if issubclass(kind, str) or not issubclass(kind, Collection):
            name = next(name for name, names in requirements.items() if isinstance(names, kind))
            raise DeclarationError(f"what {name!r} requires", "a list of names", requirements[name])
