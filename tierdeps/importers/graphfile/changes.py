"""Changes of declarations as changes of the graph file that declares them: those that need no decision."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import Value, replace
from tierdeps.importers.graphfile.location import item, joined
from tierdeps.model.change import Add, Choose, Deduplicate, Drop, Move, Replace
from tierdeps.model.statement import Topic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.importers.graphfile.editing import Mutation
    from tierdeps.model import Change, Declarations, Dependency, Driver

#: The attributes of a dependency that correct a name, and their keys in a graph file.
CORRECTED = {"target": "on", "phase": "phase"}


class Edit(Value):
    """A change of one file; two edits of one ``place`` must not be made together, since the first moves the second."""

    file: str
    place: str
    change: Change
    mutation: Mutation


def edit_of(change: Change, drivers: Mapping[str, Driver], declarations: Declarations) -> Edit | None:
    """Return the edit for a change; None where it cannot be made in one graph file, or is a decision.

    Names are corrected, what follows from other declarations is removed, and a tier that a driver has anyway is
    written down. What makes a requirement soft, breaks a cycle or picks a provider is for people to decide.
    """
    match change:
        case Drop() | Deduplicate() | Replace():
            return _dependency_edit(change, drivers)
        case Add():
            driver = _driver(change.driver, drivers)
            add = partial(_add, name=change.driver, dependency=change.dependency)
            return _edit(driver, change, add) if driver else None
        case Move():
            driver = _driver(change.driver, drivers)
            return _edit(driver, change, partial(_set_tier, name=driver.name, tier=change.tier)) if driver else None
        case Choose():
            return _choice_edit(change, declarations)
    return None


def _driver(name: str, drivers: Mapping[str, Driver]) -> Driver | None:
    """Return a driver if a graph file declares it."""
    driver = drivers.get(name)
    return driver if driver is not None and driver.origin.key == joined("drivers", name) else None


def _edit(driver: Driver, change: Change, mutation: Mutation) -> Edit:
    return Edit(driver.origin.file, driver.origin.key, change, mutation)


def _dependency_edit(change: Drop | Deduplicate | Replace, drivers: Mapping[str, Driver]) -> Edit | None:
    driver = _driver(change.driver, drivers)
    if driver is None:
        return None
    same = [dependency for dependency in driver.dependencies if dependency == change.dependency]
    if isinstance(change, Deduplicate):
        same = same[1:]
    indices = [_index(driver, dependency) for dependency in same]
    if not indices or None in indices:
        return None
    kind, known = str(change.dependency.kind), [index for index in indices if index is not None]
    if not isinstance(change, Replace):
        if driver.lifecycle is not None:
            return None  # it may look the driver up
        return _edit(driver, change, partial(_remove, name=driver.name, kind=kind, indices=known))
    new = change.replacement
    corrected = {key: getattr(new, name) for name, key in CORRECTED.items()}
    if replace(change.dependency, **{name: getattr(new, name) for name in CORRECTED}) != new:
        return None
    return _edit(driver, change, partial(_correct, name=driver.name, kind=kind, indices=known, terms=corrected))


def _index(driver: Driver, dependency: Dependency) -> int | None:
    """Return the place of a dependency in its list; None where this driver's table does not have it."""
    origin = dependency.origin
    key, _, rest = origin.key.rpartition("[")
    if origin.file != driver.origin.file or key != joined(driver.origin.key, str(dependency.kind)):
        return None
    number = rest.removesuffix("]")
    return int(number) if number.isdigit() and origin.key == item(key, int(number)) else None


def _choice_edit(change: Choose, declarations: Declarations) -> Edit | None:
    """Return the edit that corrects a choice which a graph file makes; making one is a decision."""
    stated = [one for one in declarations.statements if one.topic is Topic.CHOOSE and one.name == change.capability]
    key = joined("choose", change.capability)
    if len(stated) != 1 or stated[0].origin.key != key or change.capability not in declarations.choices:
        return None
    return Edit(
        stated[0].origin.file, key, change, partial(_choose, capability=change.capability, provider=change.provider)
    )


def _table(document: Any, name: str) -> Any:
    return document["drivers"][name]


def _set_tier(document: Any, name: str, tier: str) -> None:
    _table(document, name)["tier"] = tier


def _add(document: Any, name: str, dependency: Dependency) -> None:
    table, kind = _table(document, name), str(dependency.kind)
    entry: Any = dependency.target
    if dependency.phase is not None:
        entry = {"on": dependency.target, "phase": dependency.phase}
    if kind in table:
        table[kind].append(entry)
    else:
        table[kind] = [entry]


def _remove(document: Any, name: str, kind: str, indices: list[int]) -> None:
    table = _table(document, name)
    entries = table[kind]
    for index in sorted(indices, reverse=True):
        del entries[index]
    if not entries:
        del table[kind]


def _correct(document: Any, name: str, kind: str, indices: list[int], terms: dict[str, str | None]) -> None:
    entries = _table(document, name)[kind]
    for index in indices:
        if isinstance(entries[index], str):
            entries[index] = terms["on"]
            continue
        for key, value in terms.items():
            if value is not None and entries[index].get(key) != value:
                entries[index][key] = value


def _choose(document: Any, capability: str, provider: str) -> None:
    document["choose"][capability] = provider
