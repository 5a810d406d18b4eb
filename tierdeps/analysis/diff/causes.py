"""Why a driver is in another tier or stage than before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.diff.difference import Because, Cause
from tierdeps.analysis.why import follow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps.analysis.diff.snapshot import Snapshot
    from tierdeps.model import Edge


class Causes:
    """Finds in the chains that hold drivers in their old and new places what only one of the graphs has."""

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        self.old = old
        self.new = new
        self._old_arrows = _declared(old)
        self._new_arrows = _declared(new)

    def of_tier(self, driver: str) -> Cause:
        """Return why a driver is in another tier."""
        before, after = self.old.drivers[driver], self.new.drivers[driver]
        if before.named != after.named:
            return Cause(Because.NAMED, name=after.named or "")
        known = set(self.old.tiers) & set(self.new.tiers)
        if not {before.tier, after.tier} <= known:
            return Cause(Because.TIERS)
        later = self.new.tiers.index(after.tier) > self.new.tiers.index(before.tier)
        chains = follow(self.old.links.to_tier, driver), follow(self.new.links.to_tier, driver)
        return self._first(chains, later=later, otherwise=Because.TIERS)

    def of_stage(self, driver: str) -> Cause:
        """Return why a driver is in another stage of its tier."""
        before, after = self.old.drivers[driver].stage or 0, self.new.drivers[driver].stage or 0
        chains = follow(self.old.links.to_stage, driver), follow(self.new.links.to_stage, driver)
        found = self._first(chains, later=after > before, otherwise=Because.UNKNOWN)
        if found.because is Because.UNKNOWN:
            names = {driver, *(edge.needed.driver for chain in chains for edge in chain)}
            return next(self._of_groups(names), found)
        return found

    def _first(self, chains: tuple[Sequence[Edge], Sequence[Edge]], *, later: bool, otherwise: Because) -> Cause:
        """Look at the chain that pushes first: the new one of who went later, the old one of who came earlier."""
        old, new = chains
        pushed = [*self._appeared(new), *self._moved(new)]
        pulled = [*self._vanished(old), *self._moved(old)]
        causes = (*pushed, *pulled) if later else (*pulled, *pushed)
        return causes[0] if causes else Cause(otherwise)

    def _appeared(self, chain: Iterable[Edge]) -> Iterator[Cause]:
        for edge in chain:
            pair = edge.dependent.driver, edge.needed.driver
            if pair not in self.old.pairs:
                yield _cause(edge, Because.NEW_DEPENDENCY, self._old_arrows.get(pair, ()))

    def _vanished(self, chain: Iterable[Edge]) -> Iterator[Cause]:
        for edge in chain:
            pair = edge.dependent.driver, edge.needed.driver
            if pair not in self.new.pairs:
                yield _cause(edge, Because.GONE_DEPENDENCY, self._new_arrows.get(pair, ()))

    def _moved(self, chain: Sequence[Edge]) -> Iterator[Cause]:
        """Name the driver at the root that is in another tier than before."""
        for edge in reversed(chain):
            name = edge.needed.driver
            before, after = self.old.drivers.get(name), self.new.drivers.get(name)
            if before is not None and after is not None and before.tier != after.tier:
                yield Cause(Because.DRIVER, name=name)

    def _of_groups(self, names: set[str]) -> Iterator[Cause]:
        """Look for what merged drivers into one stage, or took them apart."""
        merged = {other for name in names for other in self.new.links.companions.get(name, ())}
        parted = {other for name in names for other in self.old.links.companions.get(name, ())}
        yield from self._appeared(edge for edge in self.new.links.shared if edge.dependent.driver in merged)
        yield from self._vanished(edge for edge in self.old.links.shared if edge.dependent.driver in parted)


def _declared(snapshot: Snapshot) -> dict[tuple[str, str], list[Edge]]:
    """Gather all dependencies between each two drivers, whatever their facts."""
    gathered: dict[tuple[str, str], list[Edge]] = {}
    for edge in snapshot.edges:
        gathered.setdefault((edge.dependent.driver, edge.needed.driver), []).append(edge)
    return gathered


def _cause(edge: Edge, because: Because, elsewhere: Sequence[Edge]) -> Cause:
    """Tell a new or gone dependency from one that is on both sides, but holds on one alone."""
    if not elsewhere:
        return Cause(because, edge)
    appeared = because is Because.NEW_DEPENDENCY
    if edge.when is not None and any(other.when == edge.when for other in elsewhere):
        return Cause(Because.FACT, edge, edge.when, holds=appeared)
    return Cause(Because.CONDITION, edge if appeared else elsewhere[0])
