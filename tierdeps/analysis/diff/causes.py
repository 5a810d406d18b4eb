"""Why a driver is in another tier or stage than before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.diff.difference import Cause, CauseKind
from tierdeps.analysis.why import follow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps.analysis.diff.snapshot import Snapshot
    from tierdeps.model import Edge


class Causes:
    """Finds why drivers moved: what only one of two graphs has, of the chains that decide the old and the new place."""

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        self.old = old
        self.new = new
        self._old_edges = _declared(old)
        self._new_edges = _declared(new)

    def of_tier(self, driver: str) -> Cause:
        """Return why a driver is in another tier."""
        before, after = self.old.drivers[driver], self.new.drivers[driver]
        if before.named != after.named:
            return Cause(CauseKind.NAMED, name=after.named or "")
        known = set(self.old.tiers) & set(self.new.tiers)
        if not {before.tier, after.tier} <= known:
            return Cause(CauseKind.TIERS)
        later = self.new.tiers.index(after.tier) > self.new.tiers.index(before.tier)
        chains = follow(self.old.deciding_edges.of_tier, driver), follow(self.new.deciding_edges.of_tier, driver)
        return self._first(chains, later=later, otherwise=CauseKind.TIERS)

    def of_stage(self, driver: str) -> Cause:
        """Return why a driver is in another stage of its tier."""
        before, after = self.old.drivers[driver].stage or 0, self.new.drivers[driver].stage or 0
        chains = follow(self.old.deciding_edges.of_stage, driver), follow(self.new.deciding_edges.of_stage, driver)
        found = self._first(chains, later=after > before, otherwise=CauseKind.UNKNOWN)
        if found.kind is CauseKind.UNKNOWN:
            names = {driver, *(edge.needed.driver for chain in chains for edge in chain)}
            return next(self._of_groups(names), found)
        return found

    def _first(self, chains: tuple[Sequence[Edge], Sequence[Edge]], *, later: bool, otherwise: CauseKind) -> Cause:
        """Return the first cause found in the chains of a driver.

        What moved it to a later place is in its new chain, what held it in a later place is in its old one: the chain
        of the later place is examined first.
        """
        old, new = chains
        in_new = [*self._appeared(new), *self._moved(new)]
        in_old = [*self._vanished(old), *self._moved(old)]
        causes = (*in_new, *in_old) if later else (*in_old, *in_new)
        return causes[0] if causes else Cause(otherwise)

    def _appeared(self, chain: Iterable[Edge]) -> Iterator[Cause]:
        for edge in chain:
            ends = edge.dependent.driver, edge.needed.driver
            if ends not in self.old.driver_edges:
                yield _cause(edge, CauseKind.NEW_DEPENDENCY, self._old_edges.get(ends, ()))

    def _vanished(self, chain: Iterable[Edge]) -> Iterator[Cause]:
        for edge in chain:
            ends = edge.dependent.driver, edge.needed.driver
            if ends not in self.new.driver_edges:
                yield _cause(edge, CauseKind.GONE_DEPENDENCY, self._new_edges.get(ends, ()))

    def _moved(self, chain: Sequence[Edge]) -> Iterator[Cause]:
        """Yield the driver at the end of a chain that is in another tier than before."""
        for edge in reversed(chain):
            name = edge.needed.driver
            before, after = self.old.drivers.get(name), self.new.drivers.get(name)
            if before is not None and after is not None and before.tier != after.tier:
                yield Cause(CauseKind.DRIVER, name=name)

    def _of_groups(self, names: set[str]) -> Iterator[Cause]:
        """Yield what merged drivers into one stage, or separated them."""
        merged = {other for name in names for other in self.new.deciding_edges.co_staged.get(name, ())}
        separated = {other for name in names for other in self.old.deciding_edges.co_staged.get(name, ())}
        yield from self._appeared(
            edge for edge in self.new.deciding_edges.within_stage if edge.dependent.driver in merged
        )
        yield from self._vanished(
            edge for edge in self.old.deciding_edges.within_stage if edge.dependent.driver in separated
        )


def _declared(snapshot: Snapshot) -> dict[tuple[str, str], list[Edge]]:
    """Return all edges between each two drivers, whatever their facts."""
    gathered: dict[tuple[str, str], list[Edge]] = {}
    for edge in snapshot.edges:
        gathered.setdefault((edge.dependent.driver, edge.needed.driver), []).append(edge)
    return gathered


def _cause(edge: Edge, kind: CauseKind, elsewhere: Sequence[Edge]) -> Cause:
    """Return the cause of a new or gone edge; it may be declared on both sides and active on one alone."""
    if not elsewhere:
        return Cause(kind, edge)
    appeared = kind is CauseKind.NEW_DEPENDENCY
    if edge.when is not None and any(other.when == edge.when for other in elsewhere):
        return Cause(CauseKind.FACT, edge, edge.when, holds=appeared)
    return Cause(CauseKind.CONDITION, edge if appeared else elsewhere[0])
