"""Drivers as names and indices: a sequence that makes each driver when it is looked up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self, overload

from tierdeps._util.frozen import replace
from tierdeps._util.gc import gc_paused
from tierdeps.compact.adjacency import Adjacency, offsets_of
from tierdeps.compact.select import select_kernels
from tierdeps.errors import DeclarationError
from tierdeps.model import Dependency, Driver, Kind, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Returns the origin of a driver, given its index and its name. All of them have one ``package``.
Origins = Callable[[int, str], Origin]


class BulkDrivers(Sequence[Driver]):
    """Drivers of one phase each, sorted by name, that declare requirements and nothing else.

    ``needs`` has what each driver requires, in the order of declaration. Indices from ``len(names)`` on stand for
    ``absent``: targets that are no driver's name.
    """

    def __init__(self, names: Sequence[str], needs: Adjacency, absent: Sequence[str], origin: Origins) -> None:
        self.names = names
        self.needs = needs
        self.absent = absent
        self.origin = origin

    @classmethod
    def of(cls, requirements: Mapping[str, Collection[str]], origin: Origins | None = None) -> BulkDrivers:
        """Return bulk drivers from names, each with the names that it requires.

        Raises DeclarationError for what is no name or no list of names.
        """
        _check(requirements)
        with gc_paused():
            # The order of a set depends on the hash seed, and the indices of absent targets on the order.
            if any(issubclass(kind, (set, frozenset)) for kind in set(map(type, requirements.values()))):
                requirements = {
                    name: sorted(needed) if isinstance(needed, (set, frozenset)) else needed
                    for name, needed in requirements.items()
                }
            kernels = select_kernels(sum(map(len, requirements.values())))
            found = cls(*kernels.sorted_adjacency(requirements), origin or _no_origin)
        # Targets that are drivers were checked above; only the absent ones can be something else than names.
        for target in found.absent:
            if not isinstance(target, str) or not target.strip():
                raise DeclarationError("the target of requires", "a name", target)
        return found

    @classmethod
    def of_sorted(cls, names: Sequence[str], lists: Sequence[Collection[str]], origin: Origins) -> BulkDrivers:
        """Return bulk drivers from names that are sorted and valid already, and what each requires."""
        offsets = offsets_of(map(len, lists))
        targets, absent = select_kernels(offsets[-1]).intern_names(names, lists)
        return cls(names, Adjacency(offsets, targets), absent, origin)

    @cached_property
    def source(self) -> Origin:
        """Where all drivers come from: the origin of the first, whose line and key are its own."""
        return self.origin(0, self.names[0]) if self.names else Origin()

    def name_at(self, index: int) -> str:
        """Return the name of a driver, or of an absent target."""
        known = len(self.names)
        return self.names[index] if index < known else self.absent[index - known]

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> Driver: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Driver, ...]: ...
    def __getitem__(self, place: int | slice) -> Driver | tuple[Driver, ...]:
        """Make a driver, or several."""
        indices = range(len(self))[place]
        return self.make(indices) if isinstance(indices, int) else tuple(map(self.make, indices))

    def make(self, index: int) -> Driver:
        """Make the driver with an index, which is not negative."""
        name = self.names[index]
        origin = self.origin(index, name)
        row = enumerate(self.needs.neighbours(index))
        dependencies = tuple(self._dependency(origin, target, position) for position, target in row)
        return Driver(name, dependencies=dependencies, origin=origin)

    def requirements(self, index: int) -> Iterator[tuple[int, Dependency]]:
        """Make the dependencies of a driver, each with the index of its target, sorted by it; of equal ones the first.

        Where all targets are drivers, they are sorted by name.
        """
        origin, positions = self.origin(index, self.names[index]), self._positions(index)
        return ((target, self._dependency(origin, target, positions[target])) for target in sorted(positions))

    def _positions(self, index: int) -> dict[int, int]:
        """Return the index of each target of a driver, with the position of the first requirement of it."""
        row = self.needs.neighbours(index)
        return dict(zip(reversed(row), range(len(row) - 1, -1, -1), strict=True))

    def _dependency(self, origin: Origin, target: int, position: int) -> Dependency:
        """Make a requirement of the driver that has this origin; its key is below that of the driver."""
        if origin.key:
            origin = Origin(origin.file, origin.line, f"{origin.key}.requires[{position}]")
        return Dependency(Kind.REQUIRES, self.name_at(target), origin=origin)


class ExtendedBulkDrivers(BulkDrivers):
    """Bulk drivers with dependencies of any kind added to some; ``added`` has these by index, in ascending order."""

    def __init__(self, plain: BulkDrivers, added: Mapping[int, tuple[Dependency, ...]]) -> None:
        super().__init__(plain.names, plain.needs, plain.absent, plain.origin)
        self.plain = plain
        self.added = added

    @classmethod
    def extend(cls, drivers: BulkDrivers, added: Mapping[str, Iterable[Dependency]]) -> Self | BulkDrivers:
        """Return the drivers with more dependencies; the same object where none of the named drivers is among them.

        ``drivers`` may be extended already: what was added before comes first.
        """
        plain, before = (drivers.plain, drivers.added) if isinstance(drivers, ExtendedBulkDrivers) else (drivers, {})
        together = dict(before)
        for name, dependencies in added.items():
            index = bisect_left(plain.names, name)
            if index < len(plain) and plain.names[index] == name:
                together[index] = (*together.get(index, ()), *dependencies)
        return cls(plain, dict(sorted(together.items()))) if together else drivers

    def make(self, index: int) -> Driver:
        """Make the driver with an index, with what was added to it."""
        driver, added = super().make(index), self.added.get(index)
        return replace(driver, dependencies=(*driver.dependencies, *added)) if added else driver


def _no_origin(_index: int, _name: str) -> Origin:
    return Origin()


def _check(requirements: Mapping[str, Collection[str]]) -> None:
    """Raise DeclarationError for a name that is none. Types are checked once each, not once a driver."""
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
