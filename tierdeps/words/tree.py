"""Trees of drivers, as ``cargo tree`` draws them: what is shown once is not shown again, and a cycle ends there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field
from tierdeps._util.text import printable
from tierdeps.words.palette import PLAIN
from tierdeps.words.sentences import host_note, quorum_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tierdeps.model import Edge
    from tierdeps.words.palette import Palette

#: The marks behind a driver, each with what it means.
REPEATED, CYCLE, TOO_DEEP = "(*)", "(cycle)", "..."
MEANINGS = {
    REPEATED: "what is below it is shown above",
    CYCLE: "it stands above itself: the dependencies between them are a cycle",
    TOO_DEEP: "not shown: deeper than 100 levels; tierdeps why NAME --tree continues there",
}
#: Deeper levels are not shown: their indentation would be longer than any line.
MAX_LEVELS = 100


class Branch(Value):
    """A driver below another one, and the terms of the dependency between them, if they are not the usual ones."""

    driver: str
    terms: str = ""


class Tree(Value):
    """The drivers to start from, and what stands below each driver; ``depth`` limits the levels (None: all).

    ``hosts`` are where drivers run, of those that have a host.
    """

    roots: tuple[str, ...]
    below: Mapping[str, Sequence[Branch]]
    depth: int | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)


def branches(edges: Iterable[Edge], *, upwards: bool = False) -> dict[str, list[Branch]]:
    """Return what stands below each driver: what it needs, or ``upwards`` what needs it; sorted, each driver once."""
    found: dict[str, dict[str, list[str]]] = {}
    for edge in edges:
        ends = edge.dependent.driver, edge.needed.driver
        upper, lower = reversed(ends) if upwards else ends
        if upper != lower:
            found.setdefault(upper, {}).setdefault(lower, []).append(_terms(edge))
    return {
        upper: [Branch(lower, "; ".join(sorted(set(filter(None, terms))))) for lower, terms in sorted(lowers.items())]
        for upper, lowers in found.items()
    }


def _terms(edge: Edge) -> str:
    """Return what is unusual about a dependency: its verb, its quorum, and the fact that it is conditional on."""
    verb = "" if edge.kind == "requires" else "after" if edge.kind == "before" else str(edge.kind)
    return ", ".join(filter(None, (verb, quorum_note(edge), f"when {edge.when}" if edge.when else "")))


def tree_lines(tree: Tree, palette: Palette = PLAIN) -> Iterator[str]:
    """Yield the lines of a tree, and what its marks mean."""
    shown: set[str] = set()
    marks: set[str] = set()
    for root in tree.roots:
        for line, mark in _lines(tree, root, shown, palette):
            marks.add(mark)
            yield line
    legend = [f"{mark} {meaning}" for mark, meaning in MEANINGS.items() if mark in marks]
    if legend:
        yield ""
        yield from (palette("dim", line) for line in legend)


def _lines(tree: Tree, root: str, shown: set[str], palette: Palette) -> Iterator[tuple[str, str]]:
    path: dict[str, None] = {}
    levels = MAX_LEVELS if tree.depth is None else tree.depth
    waiting = [(Branch(root), "", "", 0)]
    while waiting:
        branch, lead, following, level = waiting.pop()
        while len(path) > level:
            path.popitem()
        name = branch.driver
        below = tree.below.get(name, ())
        mark = CYCLE if name in path else REPEATED if name in shown and below else ""
        if not mark and below and tree.depth is None and level >= levels:
            mark = TOO_DEEP
        about = (host_note(name, tree.hosts.get(name)), f"({branch.terms})" if branch.terms else "")
        notes = [palette("dim", printable(note)) for note in about if note]
        notes += [palette("bad" if mark == CYCLE else "dim", mark)] if mark else []
        yield lead + " ".join((palette("driver", printable(name)), *notes)), mark
        if mark or (tree.depth is not None and level >= tree.depth):
            continue
        shown.add(name)
        path[name] = None
        for index, each in enumerate(reversed(below)):  # the last one first: what is appended last comes next
            corner, line = ("└── ", "    ") if index == 0 else ("├── ", "│   ")
            waiting.append((each, following + corner, following + line, level + 1))


def forest(names: Iterable[str], below: Mapping[str, Sequence[Branch]]) -> tuple[str, ...]:
    """Return the drivers to start from so that all are shown: those below no other one, and one of each cycle."""
    known = list(names)
    lower = {branch.driver for found in below.values() for branch in found}
    roots = [name for name in known if name not in lower]
    reached: set[str] = set()
    for name in (*roots, *known):
        if name in reached:
            continue
        if name in lower:
            roots.append(name)
        waiting = [name]
        while waiting:
            upper = waiting.pop()
            if upper not in reached:
                reached.add(upper)
                waiting.extend(branch.driver for branch in below.get(upper, ()))
    return tuple(roots)
