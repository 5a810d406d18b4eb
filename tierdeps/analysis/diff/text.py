"""The difference as text: sections of entries, which formats only have to lay out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tierdeps._util.frozen import Value
from tierdeps.analysis.diff.difference import CauseKind, Sides
from tierdeps.model import Kind
from tierdeps.words.sentences import counted, edge_text, facts_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.analysis.diff.difference import Cause, DependencyChange, Difference, DriverChange, FactChange, Move
    from tierdeps.analysis.diff.snapshot import PlacedDriver, Unmet
    from tierdeps.model import Cycle, Edge

T = TypeVar("T")

#: A longer path is shown by its two ends.
MAX_PATH_SHOWN = 12


class Entry(Value):
    """One thing that differs: ``mark`` is +, - or ~; ``reason`` is that of the declaration."""

    mark: str
    text: str
    reason: str = ""
    details: tuple[str, ...] = ()


class Section(Value):
    """What differs of one kind; where it is ``alarming``, new entries are bad news."""

    title: str
    summary: str
    entries: tuple[Entry, ...]
    alarming: bool = False


def sections(difference: Difference) -> tuple[Section, ...]:
    """Return all that differs, the most important kinds first; empty where nothing differs."""
    found = (
        _graphs(difference),
        _order(difference),
        Section("cycles", _sums(difference.cycles, "cycle"), tuple(_cycles(difference.cycles)), alarming=True),
        _inversions(difference),
        _tiers(difference),
        _targets(difference),
        _drivers(difference),
        Section("moved", f"{counted(len(difference.moves), 'driver')} moved", tuple(_moves(difference.moves))),
        _dependencies(difference),
        Section("facts", f"{counted(len(difference.facts), 'fact')} changed", tuple(_facts(difference.facts))),
    )
    return tuple(section for section in found if section.entries)


def _sums(sides: Sides[T], one: str, many: str = "", changed: int = 0) -> str:
    """Return the numbers of what is new, gone and changed; only the first number is followed by the noun."""
    counts = ((len(sides.new), "added"), (len(sides.gone), "removed"), (changed, "changed"))
    counted_parts: list[str] = []
    for number, how in counts:
        if number:
            noun = "" if counted_parts else f" {one if number == 1 else many or one + 's'}"
            counted_parts.append(f"{number}{noun} {how}")
    return ", ".join(counted_parts)


def _targets(difference: Difference) -> Section:
    """Return the targets, which decide which drivers are active, and so which of them are compared."""
    if difference.targets is None:
        return Section("targets", "", ())
    old, new = (", ".join(names) or "all drivers" for names in difference.targets)
    return Section("targets", "other targets", (Entry("~", f"{old} -> {new}"),))


def _graphs(difference: Difference) -> Section:
    """Return which files only one side has; of a single one the summary says what happened without its name."""
    renamed, sides = difference.graphs_renamed, difference.graphs
    entries = [Entry("~", f"{old} is now named {new}") for old, new in renamed]
    entries += [Entry("+", name) for name in sides.new]
    entries += [Entry("-", name) for name in sides.gone]
    if len(entries) == 1:
        state = "added" if sides.new else "removed" if sides.gone else "renamed"
        return Section("graphs", f"graph {state}", tuple(entries))
    return Section("graphs", _sums(sides, "graph", changed=len(renamed)), tuple(entries))


def _order(difference: Difference) -> Section:
    before, after = difference.ordered
    if before == after:
        return Section("order", "", ())
    text = (
        "there is no start order any more; for the reason: tierdeps check" if before else "there is a start order now"
    )
    return Section("order", "no start order any more" if before else "a start order now", (Entry("~", text),))


def _cycles(cycles: Sides[Cycle]) -> Iterator[Entry]:
    for mark, found in (("+", cycles.new), ("-", cycles.gone)):
        for cycle in found:
            path = cycle.path
            if len(path) > MAX_PATH_SHOWN:
                path = (*path[: MAX_PATH_SHOWN // 2], "...", *path[-MAX_PATH_SHOWN // 2 :])
            yield Entry(mark, f"{' -> '.join(path)}{facts_text(cycle.when)}")


def _inversions(difference: Difference) -> Section:
    sides = difference.inversions
    entries = [
        Entry(mark, f"{dependency_text(edge)} (in a later tier)", edge.reason)
        for mark, edges in (("+", sides.new), ("-", sides.gone))
        for edge in edges
    ]
    return Section("inversions", _sums(sides, "inversion"), tuple(entries), alarming=True)


def _tiers(difference: Difference) -> Section:
    entries = [Entry("~", f"{old} is now named {new}") for old, new in difference.tiers_renamed]
    entries += [Entry("+", name) for name in difference.tiers.new]
    entries += [Entry("-", name) for name in difference.tiers.gone]
    if difference.tier_order is not None:
        old, new = (", ".join(names) for names in difference.tier_order)
        entries.append(Entry("~", f"order: {old} -> {new}"))
    changed = len(difference.tiers_renamed) + (difference.tier_order is not None)
    return Section("tiers", _sums(difference.tiers, "tier", changed=changed), tuple(entries))


def _drivers(difference: Difference) -> Section:
    entries = [Entry("~", f"{old} is now named {new}") for old, new in difference.drivers_renamed]
    entries += [Entry("+", f"{name}, in {_where(placed)}") for name, placed in difference.drivers.new]
    entries += [Entry("-", f"{name}, was in {_where(placed)}") for name, placed in difference.drivers.gone]
    entries += [Entry("~", text) for change in difference.drivers_changed for text in _driver_changes(change)]
    changed = len(difference.drivers_renamed) + len(difference.drivers_changed)
    return Section("drivers", _sums(difference.drivers, "driver", changed=changed), tuple(entries))


def _where(placed: PlacedDriver) -> str:
    return f"tier {placed.tier}" + (f", stage {placed.stage}" if placed.stage is not None else "")


def _driver_changes(change: DriverChange) -> Iterator[str]:
    old, new = change.old, change.new
    if old.phases != new.phases:
        yield f"{change.driver}: phases {', '.join(old.phases)} -> {', '.join(new.phases)}"
    if old.host != new.host:
        yield f"{change.driver}: host {old.host or 'none'} -> {new.host or 'none'}"
    if old.disabled != new.disabled:
        yield f"{change.driver}: {'disabled' if new.disabled else 'no longer disabled'}"


def _moves(moves: Iterable[Move]) -> Iterator[Entry]:
    """Yield an entry for each cause, with all drivers that it moved."""
    groups: dict[Cause, list[Move]] = {}
    for move in moves:
        groups.setdefault(move.cause, []).append(move)
    for cause, moved in groups.items():
        if len(moved) == 1:
            yield Entry("~", f"{_move(moved[0])}, {_cause(cause, 'it names')}")
        else:
            details = tuple(_move(move) for move in moved)
            yield Entry("~", f"{len(moved)} drivers moved, {_cause(cause, 'they name')}", details=details)


def _move(move: Move) -> str:
    if move.old.tier != move.new.tier:
        return f"{move.driver}: tier {move.old.tier} -> {move.new.tier}"
    return f"{move.driver}: stage {move.old.stage} -> {move.new.stage} of {move.new.tier}"


def _cause(cause: Cause, names: str) -> str:
    """Return why drivers moved."""
    edge = dependency_text(cause.edge) if cause.edge is not None else ""
    return {
        CauseKind.NAMED: f"because {names} {f'{cause.name} now' if cause.name else 'no tier any more'}",
        CauseKind.NEW_DEPENDENCY: f"because of the new dependency {edge}",
        CauseKind.GONE_DEPENDENCY: f"because a dependency was removed: {edge}",
        CauseKind.FACT: f"because {cause.name} {'holds now' if cause.holds else 'no longer holds'}: {edge}",
        CauseKind.CONDITION: f"because a dependency changed: {edge}",
        CauseKind.DRIVER: f"because {cause.name} moved",
        CauseKind.TIERS: "because the tiers changed",
        CauseKind.UNKNOWN: "because of several changes together",
    }[cause.kind]


def _dependencies(difference: Difference) -> Section:
    entries = [Entry("+", dependency_text(edge), edge.reason) for edge in difference.edges.new]
    entries += [Entry("+", _unmet(item), item.dependency.reason) for item in difference.unmet.new]
    entries += [Entry("-", dependency_text(edge)) for edge in difference.edges.gone]
    entries += [Entry("-", _unmet(item)) for item in difference.unmet.gone]
    entries += [_changed(change) for change in difference.edges_changed]
    new = (*difference.edges.new, *difference.unmet.new)
    gone = (*difference.edges.gone, *difference.unmet.gone)
    sums = _sums(Sides(new, gone), "dependency", "dependencies", len(difference.edges_changed))
    return Section("dependencies", sums, tuple(entries))


def dependency_text(edge: Edge) -> str:
    """Return a dependency as text, with its fact."""
    condition = f", when {edge.when}" if edge.when else ""
    if edge.kind is Kind.CONFLICTS:
        return f"{edge.dependent.driver} conflicts with {edge.needed.driver}{condition}"
    return f"{edge_text(edge)}{condition}"


def _unmet(item: Unmet) -> str:
    verb = "comes" if item.dependency.kind in (Kind.AFTER, Kind.BEFORE) else ""
    condition = f", when {item.dependency.when}" if item.dependency.when else ""
    said = f"{item.driver} {verb} {item.dependency.kind} {item.dependency.target}".replace("  ", " ")
    return f"{said}{condition} (it refers to no single driver)"


def _changed(change: DependencyChange) -> Entry:
    return Entry("~", dependency_text(change.new), change.new.reason, (f"before: {dependency_text(change.old)}",))


def _facts(facts: Iterable[FactChange]) -> Iterator[Entry]:
    said = {True: "yes", False: "no"}
    for fact in facts:
        if fact.old is None and fact.new is not None:
            yield Entry("+", f"{fact.name}: {said[fact.new]}")
        elif fact.old is not None and fact.new is None:
            yield Entry("-", f"{fact.name}: no dependency is conditional on it any more")
        elif fact.old is not None and fact.new is not None:
            yield Entry("~", f"{fact.name}: {said[fact.old]} -> {said[fact.new]}")
