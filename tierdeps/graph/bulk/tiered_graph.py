"""The graph of bulk drivers that may name a tier, and want others or come after them."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, cast

from tierdeps.graph.bulk.graph import BulkGraph
from tierdeps.graph.tiers import Membership
from tierdeps.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import networkx as nx

    from tierdeps.compact import CompactGraph
    from tierdeps.graph.bulk.tiered import TieredBulkDrivers
    from tierdeps.graph.tiers import TierOrder
    from tierdeps.model import Declarations, Dependency, Driver, Origin
    from tierdeps.model.plan import PlainDriver


class TieredBulkGraph(BulkGraph):
    """The graph of such drivers."""

    def __init__(self, declarations: Declarations, drivers: TieredBulkDrivers) -> None:
        super().__init__(declarations, drivers)
        self._tiered = drivers

    @property
    def only_requires(self) -> bool:
        """Return False: drivers have other verbs too."""
        return False

    def plain_driver(self, name: str) -> PlainDriver | None:  # noqa: ARG002
        """Return None: there is more to say of drivers."""
        return None

    @property
    def edge_count(self) -> int:
        """How many edges there are; a dependency on what is absent has none."""
        return sum(1 for _ in self.each_edge()) if self._bulk.absent else super().edge_count

    @cached_property
    def unknown_targets(self) -> tuple[tuple[str, Dependency], ...]:
        """The wants and orders on what no driver is, as (driver, dependency)."""
        known, look_up = len(self._bulk), self.resolver.look_up
        names = self._bulk.names if self._bulk.absent else ()
        unsure = (index for index in range(len(names)) if max(self._bulk.needs.neighbours(index), default=0) >= known)
        declared = ((names[index], item) for index in unsure for item in self._bulk[index].dependencies)
        found = [
            (name, item)
            for name, item in declared
            if item.kind is not Kind.REQUIRES and not look_up(item.target).drivers
        ]
        return tuple(sorted(found, key=lambda item: (item[0], item[1].sort_key)))

    @property
    def origins(self) -> Iterator[Origin]:
        """One origin for all drivers, and those of the tiers."""
        return chain(super().origins, (tier.origin for tier in self.declarations.tiers))

    @cached_property
    def membership(self) -> Membership:
        """The tier of each driver, and where it has it from."""
        named = zip(self._bulk.names, self._tiered.tiers, strict=True)
        return _NamedMembership(self.drivers, self._driver_graph[0], self.tier_order, named)


class _NamedMembership(Membership):
    """The tiers of bulk drivers, which are not made for the names of theirs."""

    def __init__(
        self,
        drivers: Mapping[str, Driver],
        graph: CompactGraph[str],
        order: TierOrder,
        named: Iterable[tuple[str, str | None]],
    ) -> None:
        super().__init__(drivers, lambda: cast("nx.DiGraph[str]", graph), order)
        self._pairs = named

    @cached_property
    def named(self) -> Mapping[str, str | None]:
        """The tier that each driver names."""
        return dict(self._pairs)
