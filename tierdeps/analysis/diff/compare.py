"""Compares two snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tierdeps.analysis.diff.causes import Causes
from tierdeps.analysis.diff.cycles import cycles_only_in
from tierdeps.analysis.diff.difference import DependencyChange, Difference, DriverChange, FactChange, Move, Sides
from tierdeps.analysis.diff.snapshot import Snapshot, by_key, edge_key, renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping

    from tierdeps.model import Edge, Kind

T = TypeVar("T")


def compare(old: Snapshot, new: Snapshot) -> Difference:
    """Return what differs. Renamed drivers and tiers are found first, and then compared under their new names."""
    gone, added = old.drivers.keys() - new.drivers.keys(), new.drivers.keys() - old.drivers.keys()
    drivers = _renames(_roles(old, gone), _roles(new, added)) if gone and added else {}
    old = renamed(old, drivers, {})
    tiers = _renames(
        {name: _population(old, name) for name in set(old.tiers) - set(new.tiers)},
        {name: _population(new, name) for name in set(new.tiers) - set(old.tiers)},
    )
    old = renamed(old, {}, tiers)
    edges, changed = _edges(old, new)
    return Difference(
        old.name,
        new.name,
        tiers=_sides(old.tiers, new.tiers, str),
        tiers_renamed=tuple(sorted(tiers.items())),
        tier_order=_tier_order(old, new),
        drivers=_sides(sorted(old.drivers.items()), sorted(new.drivers.items()), lambda item: item[0]),
        drivers_renamed=tuple(sorted(drivers.items())),
        moves=tuple(_moves(old, new)),
        drivers_changed=tuple(_drivers_changed(old, new)),
        edges=edges,
        edges_changed=changed,
        unmet=_sides(old.unmet, new.unmet, lambda item: item.key),
        facts=tuple(_facts(old.facts, new.facts)),
        cycles=Sides(cycles_only_in(new, old), cycles_only_in(old, new)),
        inversions=_sides(old.inversions, new.inversions, lambda edge: (edge.dependent.driver, edge.needed.driver)),
        ordered=(old.ordered, new.ordered),
        targets=None if set(old.targets) == set(new.targets) else (old.targets, new.targets),
        sides=(old, new),
    )


def _sides(old: Iterable[T], new: Iterable[T], key: Callable[[T], Hashable]) -> Sides[T]:
    """Return what is on one side alone, in the order of that side."""
    before, after = {key(item): item for item in old}, {key(item): item for item in new}
    return Sides(
        tuple(item for known, item in after.items() if known not in before),
        tuple(item for known, item in before.items() if known not in after),
    )


def _renames(gone: Mapping[str, Hashable], new: Mapping[str, Hashable]) -> dict[str, str]:
    """Return old names with new ones: both have the same role, and no other of their side has it."""
    old_names, new_names = _by_role(gone), _by_role(new)
    return {
        names[0]: new_names[role][0]
        for role, names in old_names.items()
        if role and len(names) == len(new_names.get(role, ())) == 1
    }


def _by_role(roles: Mapping[str, Hashable]) -> dict[Hashable, list[str]]:
    found: dict[Hashable, list[str]] = {}
    for name, role in roles.items():
        found.setdefault(role, []).append(name)
    return found


def _roles(snapshot: Snapshot, names: Collection[str]) -> dict[str, frozenset[object]]:
    """Return the role of each driver: its edges without its own name, and its place; empty without any edge."""
    found: dict[str, set[object]] = {name: set() for name in names}
    for edge in snapshot.edges.touching(names) if names else ():
        ends = edge.dependent.driver, edge.needed.driver
        for name in found.keys() & set(ends):
            anonymous = tuple("" if end == name else end for end in ends)
            found[name].add((*anonymous, edge.dependent.phase, edge.needed.phase, edge.kind, edge.when))
    for name, role in found.items():
        if role:
            placed = snapshot.drivers[name]
            role.add((placed.tier, placed.phases, placed.disabled, placed.host))
    return {name: frozenset(role) for name, role in found.items()}


def _population(snapshot: Snapshot, tier: str) -> frozenset[str]:
    return frozenset(name for name, placed in snapshot.drivers.items() if placed.tier == tier)


def _tier_order(old: Snapshot, new: Snapshot) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    before = tuple(name for name in old.tiers if name in new.tiers)
    after = tuple(name for name in new.tiers if name in old.tiers)
    return None if before == after else (before, after)


def _moves(old: Snapshot, new: Snapshot) -> Iterator[Move]:
    causes = Causes(old, new)
    for name in sorted(old.drivers.keys() & new.drivers.keys()):
        before, after = old.drivers[name], new.drivers[name]
        if before.tier != after.tier:
            yield Move(name, before, after, causes.of_tier(name))
        elif None not in (before.stage, after.stage) and before.stage != after.stage:
            yield Move(name, before, after, causes.of_stage(name))


def _drivers_changed(old: Snapshot, new: Snapshot) -> Iterator[DriverChange]:
    for name in sorted(old.drivers.keys() & new.drivers.keys()):
        before, after = old.drivers[name], new.drivers[name]
        if (before.phases, before.disabled, before.host) != (after.phases, after.disabled, after.host):
            yield DriverChange(name, before, after)


def _edges(old: Snapshot, new: Snapshot) -> tuple[Sides[Edge], tuple[DependencyChange, ...]]:
    """Return which edges are new or gone, and which changed: a gone one is matched with the most similar new one."""
    differing = set(_differing(old, new))
    only = _sides(by_key(old.edges.among(differing)).values(), by_key(new.edges.among(differing)).values(), edge_key)
    gone, added = sorted(only.gone, key=_sort_key), sorted(only.new, key=_sort_key)
    changed: list[DependencyChange] = []
    for similarity in (_same_but_fact, _same_steps, _same_drivers):
        waiting: dict[Hashable, list[Edge]] = {}
        for edge in gone:
            waiting.setdefault(similarity(edge), []).append(edge)
        matched = [
            DependencyChange(waiting[similarity(edge)].pop(0), edge) for edge in added if waiting.get(similarity(edge))
        ]
        changed += matched
        added = _without(added, (change.new for change in matched))
        gone = _without(gone, (change.old for change in matched))
    return Sides(tuple(added), tuple(gone)), tuple(sorted(changed, key=lambda change: _sort_key(change.new)))


def _differing(old: Snapshot, new: Snapshot) -> Iterator[str]:
    """Yield the drivers of both sides whose edges may differ, and those of one side."""
    for name in old.drivers.keys() | new.drivers.keys():
        required = old.edges.required(name) if name in old.drivers and name in new.drivers else None
        if required is None or required != new.edges.required(name):
            yield name


def _without(edges: list[Edge], matched: Iterable[Edge]) -> list[Edge]:
    keys = {edge_key(edge) for edge in matched}
    return [edge for edge in edges if edge_key(edge) not in keys]


def _same_but_fact(edge: Edge) -> Hashable:
    return edge.dependent, edge.needed, edge.kind


def _same_steps(edge: Edge) -> Hashable:
    return edge.dependent, edge.needed, _disorder(edge)


def _same_drivers(edge: Edge) -> Hashable:
    return edge.dependent.driver, edge.needed.driver, _disorder(edge)


def _disorder(edge: Edge) -> Kind | None:
    """Return the verb of an edge that puts nothing in order."""
    return None if edge.kind.orders else edge.kind


def _sort_key(edge: Edge) -> tuple[object, ...]:
    return (
        edge.dependent,
        edge.needed,
        edge.kind,
        edge.when or "",
        edge.dependency.blocks_skipped,
        edge.coupling.sort_key,
    )


def _facts(old: Mapping[str, bool], new: Mapping[str, bool]) -> Iterator[FactChange]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield FactChange(name, old.get(name), new.get(name))
