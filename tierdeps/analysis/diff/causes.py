"""Why a driver is in another tier or stage than before."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.analysis.diff.along import Along
from tierdeps.analysis.diff.difference import Cause, CauseKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tierdeps.analysis.diff.snapshot import Snapshot
    from tierdeps.model import Edge

    NextEdge = Callable[[str], Edge | None]


class _Found(NamedTuple):
    """What a chain has of causes: the first edge that the other side lacks, and the last driver in another tier."""

    edge: Cause | None = None
    moved: Cause | None = None

    def before(self, rest: _Found) -> _Found:
        """Return what a chain has, of which this is the beginning."""
        return _Found(self.edge or rest.edge, rest.moved or self.moved)


class Causes:
    """Finds why drivers moved: what only one of two graphs has, of the chains that decide the old and the new place."""

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        self.old = old
        self.new = new

    def of_tier(self, driver: str) -> Cause:
        """Return why a driver is in another tier."""
        before, after = self.old.drivers[driver], self.new.drivers[driver]
        if before.named != after.named:
            return Cause(CauseKind.NAMED, name=after.named or "")
        known = set(self.old.tiers) & set(self.new.tiers)
        if not {before.tier, after.tier} <= known:
            return Cause(CauseKind.TIERS)
        later = self.new.tiers.index(after.tier) > self.new.tiers.index(before.tier)
        return _first(self._in_old_tier.of(driver), self._in_new_tier.of(driver), later) or Cause(CauseKind.TIERS)

    def of_stage(self, driver: str) -> Cause:
        """Return why a driver is in another stage of its tier."""
        before, after = self.old.drivers[driver].stage or 0, self.new.drivers[driver].stage or 0
        found = _first(self._in_old_stage.of(driver), self._in_new_stage.of(driver), after > before)
        return found or self._of_groups(driver) or Cause(CauseKind.UNKNOWN)

    @cached_property
    def _in_old_tier(self) -> Along[_Found]:
        return self._along(self.old.tier_edges.get, self._vanished)

    @cached_property
    def _in_new_tier(self) -> Along[_Found]:
        return self._along(self.new.tier_edges.get, self._appeared)

    @cached_property
    def _in_old_stage(self) -> Along[_Found]:
        return self._along(self.old.nearby_edges.stage_edge, self._vanished)

    @cached_property
    def _in_new_stage(self) -> Along[_Found]:
        return self._along(self.new.nearby_edges.stage_edge, self._appeared)

    def _along(self, next_edge: NextEdge, change: Callable[[Edge], Cause | None]) -> Along[_Found]:
        def own(_driver: str, edge: Edge | None) -> _Found:
            return _Found() if edge is None else _Found(change(edge), self._moved(edge.needed.driver))

        return Along(next_edge, own, _Found.before)

    def _appeared(self, edge: Edge) -> Cause | None:
        return _change(edge, CauseKind.NEW_DEPENDENCY, self.old)

    def _vanished(self, edge: Edge) -> Cause | None:
        return _change(edge, CauseKind.GONE_DEPENDENCY, self.new)

    def _moved(self, name: str) -> Cause | None:
        """Return the cause that a driver is if it is in another tier than before."""
        before, after = self.old.drivers.get(name), self.new.drivers.get(name)
        moved = before is not None and after is not None and before.tier != after.tier
        return Cause(CauseKind.DRIVER, name=name) if moved else None

    def _of_groups(self, driver: str) -> Cause | None:
        """Return what merged drivers on either chain of a driver into one stage, or separated them."""
        for side, change in ((self.new, self._appeared), (self.old, self._vanished)):
            edges = [found for along in self._group_changes[side is self.new] if (found := along.of(driver))]
            if edges:
                return change(min(edges, key=_sort_key))
        return None

    @cached_property
    def _group_changes(self) -> dict[bool, Sequence[Along[Edge | None]]]:
        """Along the old and the new chain, the first edge within a stage that only one side has; True: the new one."""
        next_edges = (self.old.nearby_edges.stage_edge, self.new.nearby_edges.stage_edge)
        found: dict[bool, Sequence[Along[Edge | None]]] = {}
        for is_new, change in ((True, self._appeared), (False, self._vanished)):
            own = _GroupChanges(self.new if is_new else self.old, change)
            found[is_new] = [Along(next_edge, own, _smaller) for next_edge in next_edges]
        return found


class _GroupChanges:
    """The first edge that only one side has within the group of drivers that share the stage of a driver."""

    def __init__(self, side: Snapshot, change: Callable[[Edge], Cause | None]) -> None:
        self._side = side
        self._change = change
        self._found: dict[frozenset[str], Edge | None] = {}

    def __call__(self, driver: str, _edge: Edge | None) -> Edge | None:
        if driver not in self._side.drivers:
            return None
        group = self._side.nearby_edges.co_staged(driver)
        if group not in self._found:
            self._found[group] = self._first(group)
        return self._found[group]

    def _first(self, group: Iterable[str]) -> Edge | None:
        edges = (edge for name in group for edge in self._side.nearby_edges.within_stage(name))
        return min((edge for edge in edges if self._change(edge) is not None), key=_sort_key, default=None)


def _sort_key(edge: Edge) -> tuple[object, ...]:
    return edge.sort_key


def _smaller(one: Edge | None, other: Edge | None) -> Edge | None:
    return min(filter(None, (one, other)), key=_sort_key, default=None)


def _first(in_old: _Found, in_new: _Found, later: bool) -> Cause | None:
    """Return the first cause found in the chains of a driver.

    What moved it to a later place is in its new chain, what held it in a later place is in its old one: the chain of
    the later place is examined first.
    """
    one, other = (in_new, in_old) if later else (in_old, in_new)
    return one.edge or one.moved or other.edge or other.moved


def _change(edge: Edge, kind: CauseKind, other_side: Snapshot) -> Cause | None:
    """Return an edge as the cause that it is if the other side does not have it.

    It may be declared on both sides and active on one alone.
    """
    dependent, needed = edge.dependent.driver, edge.needed.driver
    if other_side.is_active(dependent, needed):
        return None
    elsewhere = [other for other in other_side.edges.of(dependent) if other.needed.driver == needed]
    if not elsewhere:
        return Cause(kind, edge)
    appeared = kind is CauseKind.NEW_DEPENDENCY
    if edge.when is not None and any(other.when == edge.when for other in elsewhere):
        return Cause(CauseKind.FACT, edge, edge.when, holds=appeared)
    return Cause(CauseKind.CONDITION, edge if appeared else elsewhere[0])
