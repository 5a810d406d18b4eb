"""What differs, in words: sections of entries, which formats only have to lay out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tierdeps._util.frozen import Value
from tierdeps.analysis.diff.difference import Because, Sides
from tierdeps.model import Kind
from tierdeps.words.sentences import counted, edge_text, facts_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.analysis.diff.difference import Altered, Cause, Changed, Difference, FactChange, Move
    from tierdeps.analysis.diff.snapshot import Placed, Unmet
    from tierdeps.model import Cycle, Edge

T = TypeVar("T")

#: A longer path is shown by its two ends.
SHOWN = 12


class Entry(Value):
    """One thing that differs: ``mark`` is +, - or ~; ``reason`` is in the words of who declared it."""

    mark: str
    text: str
    reason: str = ""
    details: tuple[str, ...] = ()


class Section(Value):
    """What differs of one kind; what is new in it is bad news where it is ``alarming``."""

    title: str
    summary: str
    entries: tuple[Entry, ...]
    alarming: bool = False


def sections(difference: Difference) -> tuple[Section, ...]:
    """Return all that differs, what matters most first; nothing where nothing does."""
    found = (
        _graphs(difference),
        _order(difference),
        Section("cycles", _sums(difference.cycles, "cycle"), tuple(_cycles(difference.cycles)), alarming=True),
        _inversions(difference),
        _tiers(difference),
        _drivers(difference),
        Section("moved", f"{counted(len(difference.moves), 'driver')} moved", tuple(_moves(difference.moves))),
        _dependencies(difference),
        Section("facts", f"{counted(len(difference.facts), 'fact')} changed", tuple(_facts(difference.facts))),
    )
    return tuple(section for section in found if section.entries)


def _sums(sides: Sides[T], one: str, many: str = "", changed: int = 0) -> str:
    """Count what is new, gone and changed; the noun stands with the first number alone."""
    counts = ((len(sides.new), "new"), (len(sides.gone), "gone"), (changed, "changed"))
    told: list[str] = []
    for number, how in counts:
        if number:
            noun = "" if told else f" {one if number == 1 else many or one + 's'}"
            told.append(f"{number}{noun} {how}")
    return ", ".join(told)


def _graphs(difference: Difference) -> Section:
    """Say which files only one side has; where it is one, its name need not be read to understand the summary."""
    renamed, sides = difference.graphs_renamed, difference.graphs
    entries = [Entry("~", f"{old} is now named {new}") for old, new in renamed]
    entries += [Entry("+", name) for name in sides.new]
    entries += [Entry("-", name) for name in sides.gone]
    if len(entries) == 1:
        state = "new" if sides.new else "gone" if sides.gone else "renamed"
        return Section("graphs", f"graph is {state}", tuple(entries))
    return Section("graphs", _sums(sides, "graph", changed=len(renamed)), tuple(entries))


def _order(difference: Difference) -> Section:
    before, after = difference.ordered
    if before == after:
        return Section("order", "", ())
    text = "there is no order any more: tierdeps check says why" if before else "there is an order now"
    return Section("order", "no order any more" if before else "an order now", (Entry("~", text),))


def _cycles(cycles: Sides[Cycle]) -> Iterator[Entry]:
    for mark, found in (("+", cycles.new), ("-", cycles.gone)):
        for cycle in found:
            path = cycle.path
            if len(path) > SHOWN:
                path = (*path[: SHOWN // 2], "...", *path[-SHOWN // 2 :])
            yield Entry(mark, f"{' -> '.join(path)}{facts_text(cycle.when)}")


def _inversions(difference: Difference) -> Section:
    sides = difference.inversions
    entries = [
        Entry(mark, f"{told(edge)}: that is of a later tier", edge.reason)
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
    entries += [Entry("~", text) for altered in difference.altered for text in _alterations(altered)]
    changed = len(difference.drivers_renamed) + len(difference.altered)
    return Section("drivers", _sums(difference.drivers, "driver", changed=changed), tuple(entries))


def _where(placed: Placed) -> str:
    return f"tier {placed.tier}" + (f", stage {placed.stage}" if placed.stage is not None else "")


def _alterations(altered: Altered) -> Iterator[str]:
    old, new = altered.old, altered.new
    if old.phases != new.phases:
        yield f"{altered.driver}: phases {', '.join(old.phases)} -> {', '.join(new.phases)}"
    if old.disabled != new.disabled:
        yield f"{altered.driver}: {'disabled' if new.disabled else 'no longer disabled'}"


def _moves(moves: Iterable[Move]) -> Iterator[Entry]:
    """Yield an entry for each cause, with all that it moved."""
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
    """Say why drivers moved."""
    edge = told(cause.edge) if cause.edge is not None else ""
    return {
        Because.NAMED: f"because {names} {f'{cause.name} now' if cause.name else 'no tier any more'}",
        Because.NEW_DEPENDENCY: f"because of the new dependency {edge}",
        Because.GONE_DEPENDENCY: f"because a dependency is gone: {edge}",
        Because.FACT: f"because {cause.name} {'holds now' if cause.holds else 'no longer holds'}: {edge}",
        Because.CONDITION: f"because a dependency changed: {edge}",
        Because.DRIVER: f"because {cause.name} moved",
        Because.TIERS: "because the tiers changed",
        Because.UNKNOWN: "because of several changes at once",
    }[cause.because]


def _dependencies(difference: Difference) -> Section:
    entries = [Entry("+", told(edge), edge.reason) for edge in difference.edges.new]
    entries += [Entry("+", _unmet(item), item.dependency.reason) for item in difference.unmet.new]
    entries += [Entry("-", told(edge)) for edge in difference.edges.gone]
    entries += [Entry("-", _unmet(item)) for item in difference.unmet.gone]
    entries += [_changed(changed) for changed in difference.edges_changed]
    new = (*difference.edges.new, *difference.unmet.new)
    gone = (*difference.edges.gone, *difference.unmet.gone)
    sums = _sums(Sides(new, gone), "dependency", "dependencies", len(difference.edges_changed))
    return Section("dependencies", sums, tuple(entries))


def told(edge: Edge) -> str:
    """Say what a dependency says, and under which fact."""
    condition = f", when {edge.when}" if edge.when else ""
    if edge.kind is Kind.CONFLICTS:
        return f"{edge.dependent.driver} conflicts with {edge.needed.driver}{condition}"
    return f"{edge_text(edge)}{condition}"


def _unmet(item: Unmet) -> str:
    verb = "comes" if item.dependency.kind in (Kind.AFTER, Kind.BEFORE) else ""
    condition = f", when {item.dependency.when}" if item.dependency.when else ""
    said = f"{item.driver} {verb} {item.dependency.kind} {item.dependency.target}".replace("  ", " ")
    return f"{said}{condition} (no such driver can be told)"


def _changed(changed: Changed) -> Entry:
    return Entry("~", told(changed.new), changed.new.reason, (f"before: {told(changed.old)}",))


def _facts(facts: Iterable[FactChange]) -> Iterator[Entry]:
    said = {True: "yes", False: "no"}
    for fact in facts:
        if fact.old is None and fact.new is not None:
            yield Entry("+", f"{fact.name}: {said[fact.new]}")
        elif fact.old is not None and fact.new is None:
            yield Entry("-", f"{fact.name}: nothing hangs on it any more")
        elif fact.old is not None and fact.new is not None:
            yield Entry("~", f"{fact.name}: {said[fact.old]} -> {said[fact.new]}")
