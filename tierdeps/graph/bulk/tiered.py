"""Bulk drivers that may name a tier, and want others or come after them beside requiring them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.graph.bulk.drivers import BulkDrivers
from tierdeps.model import Dependency, Kind, Origin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tierdeps.graph.bulk.drivers import Origins
    from tierdeps.model import Driver

#: The verbs, from hard to soft; a dependency is kept as the index of its verb here.
KINDS = (Kind.REQUIRES, Kind.WANTS, Kind.AFTER)


class TieredBulkDrivers(BulkDrivers):
    """Bulk drivers whose dependencies are of any of KINDS, and that may name a tier.

    ``needs`` has what each driver requires, then what it wants, then what it comes after; ``kinds`` has the index of
    the verb of each dependency. ``tiers`` has the tier that each driver names.
    """

    def __init__(self, plain: BulkDrivers, kinds: bytes, tiers: Sequence[str | None]) -> None:
        super().__init__(plain.names, plain.needs, plain.absent, plain.origin)
        self.kinds = kinds
        self.tiers = tiers

    @classmethod
    def of_verbs(
        cls,
        names: Sequence[str],
        targets: Sequence[tuple[Collection[str], Collection[str], Collection[str]]],
        tiers: Sequence[str | None],
        origin: Origins,
    ) -> TieredBulkDrivers:
        """Return drivers from names that are sorted and valid already, and what each declares with each of KINDS."""
        kinds = b"".join([b"\0" * len(hard) + b"\1" * len(soft) + b"\2" * len(order) for hard, soft, order in targets])
        lists = [(*hard, *soft, *order) for hard, soft, order in targets]
        return cls(BulkDrivers.of_sorted(names, lists, origin), kinds, tiers)

    def make(self, index: int) -> Driver:
        """Make the driver with an index, with its tier and all that it declares."""
        dependencies = tuple(dependency for _, _, dependency in self._declared(index))
        return replace(super().make(index), tier=self.tiers[index], dependencies=dependencies)

    def requirements(self, index: int) -> Iterator[tuple[int, Dependency]]:
        """Make the dependencies of a driver, each with the index of its target, sorted by it; of equal ones the first.

        Those on one target are sorted from hard to soft. The first of equal ones is the one with the smallest origin.
        """
        by_origin = sorted(self._declared(index), key=lambda item: (*item[:2], item[2].origin.sort_key))
        first = {(target, kind): item for target, kind, item in reversed(by_origin)}
        return ((target, item) for (target, _), item in reversed(first.items()))

    def _declared(self, index: int) -> Iterator[tuple[int, int, Dependency]]:
        """Make the dependencies of a driver, each with the index of its target and that of its verb."""
        start, end = self.needs.offsets[index : index + 2]
        kinds, origin = self.kinds[start:end], self.origin(index, self.names[index])
        for position, (target, kind) in enumerate(zip(self.needs.targets[start:end], kinds, strict=True)):
            verb, here = KINDS[kind], origin
            if origin.key:
                here = Origin(origin.file, origin.line, f"{origin.key}.{verb.value}[{position - kinds.index(kind)}]")
            yield target, kind, Dependency(verb, self.name_at(target), origin=here)
