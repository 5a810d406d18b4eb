"""The data of a page that shows two graphs as one: what is new, what is gone, and what moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.page.values import edge_value

if TYPE_CHECKING:
    from tierdeps.analysis.diff import Difference, PlacedDriver, Snapshot
    from tierdeps.words.documents import Json


def difference_document(difference: Difference) -> dict[str, Json]:
    """Return the data of the page that shows what differs between two graphs."""
    if difference.sides is None:
        raise InputError("the format html", "it shows two graphs, and the difference has none")
    old, new = difference.sides
    placed = {**new.drivers, **{name: place for name, place in old.drivers.items() if name not in new.drivers}}
    numbers = {name: number for number, name in enumerate(placed)}
    tiers = _tier_names(old, new)
    edges = [
        edge_value(edge, numbers) | _mark(in_old=key in old.by_key, in_new=True) for key, edge in new.by_key.items()
    ]
    edges += [
        edge_value(edge, numbers) | {"change": "removed"} for key, edge in old.by_key.items() if key not in new.by_key
    ]
    was = {new_name: old_name for old_name, new_name in difference.drivers_renamed}
    drivers: list[Json] = [
        {**_driver(name, tiers, old, new), **({"was_named": was[name]} if name in was else {})} for name in placed
    ]
    mentioned = {edge.when for edge in (*old.edges, *new.edges) if edge.when}
    return {
        "schema": "tierdeps/page/1",
        "kind": "diff",
        "title": f"Changes from {difference.old} to {difference.new}",
        "tiers": [{"name": name, **_mark_of(name, _names(old), _names(new))} for name in tiers],
        "drivers": drivers,
        "edges": [*edges],
        "facts": {name: new.facts.get(name, old.facts.get(name, True)) for name in sorted(mentioned)},
        "omitted": {"drivers": 0, "edges": 0},
    }


def _names(side: Snapshot) -> set[str]:
    return {place.tier for place in side.drivers.values()}


def _tier_names(old: Snapshot, new: Snapshot) -> list[str]:
    """Return the tiers of both graphs: those of the new one in its order, each of the others after its predecessor."""
    found = [name for name in new.tiers if name in _names(new)]
    found += sorted(_names(new).difference(found))
    before = [name for name in old.tiers if name in _names(old)]
    before += sorted(_names(old).difference(before))
    at = 0
    for name in before:
        if name in found:
            at = found.index(name) + 1
        else:
            found.insert(at, name)
            at += 1
    return found


def _mark(*, in_old: bool, in_new: bool) -> dict[str, Json]:
    if in_old and in_new:
        return {}
    return {"change": "added" if in_new else "removed"}


def _mark_of(name: str, old: set[str], new: set[str]) -> dict[str, Json]:
    return _mark(in_old=name in old, in_new=name in new)


def _driver(name: str, tiers: list[str], old: Snapshot, new: Snapshot) -> dict[str, Json]:
    before, after = old.drivers.get(name), new.drivers.get(name)
    place = new.drivers[name] if name in new.drivers else old.drivers[name]
    found: dict[str, Json] = {"name": name, "tier": tiers.index(place.tier), "phases": list(place.phases)}
    if place.stage is not None:
        found["stage"] = place.stage
    if place.disabled:
        found["state"] = "disabled"
    if place.host is not None:
        found["host"] = place.host
    if before and after and (before.tier, before.stage, before.host) != (after.tier, after.stage, after.host):
        return {**found, "change": "moved", "was": _place(before)}
    return {**found, **_mark(in_old=before is not None, in_new=after is not None)}


def _place(placed: PlacedDriver) -> str:
    where = placed.tier if placed.stage is None else f"{placed.tier}, stage {placed.stage}"
    return where if placed.host is None else f"{where}, on {placed.host}"
