"""A break made lighter: a dependency gives way to a softer one that breaks the same cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.breaks.tangle import arcs_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.breaks.tangle import Arc, Tangle

#: So many arcs are looked at for it: where a component is large and its break too, it stays as it is.
EFFORT = 3_000_000


def swap(tangle: Tangle, chosen: Iterable[int]) -> set[int]:
    """Return a break of the same size, in which no single dependency has a lighter stand-in.

    What the stand-ins break as well may make others of them needless.
    """
    kept = set(chosen)
    if len(kept) * len(tangle.arcs) > EFFORT:
        return kept
    made = arcs_of(tangle)
    for item in sorted(kept, key=lambda item: (-tangle.weights[item], item)):
        if len(made[item]) == 1:
            better = _stand_in(tangle, kept, made[item][0])
            kept.remove(item)
            kept.add(better)
    return kept


def _stand_in(tangle: Tangle, removed: set[int], closing: Arc) -> int:
    """Return the lightest dependency that every cycle needs which one arc of the break would close."""
    arcs = [*((arc.tail, arc.head, arc.item) for arc in tangle.arcs if arc.item not in removed)]
    arcs += [(tail, head, -1) for tail, head in tangle.fixed]
    after: list[list[int]] = [[] for _ in range(tangle.size)]
    before: list[list[int]] = [[] for _ in range(tangle.size)]
    for tail, head, _ in arcs:
        after[tail].append(head)
        before[head].append(tail)
    between = _reach(closing.head, after) & _reach(closing.tail, before)
    place = _places(closing.head, between, after, before)
    on_the_way = [(place[tail], place[head], item) for tail, head, item in arcs if {tail, head} <= between]
    alone = {item for item in _alone(on_the_way, len(between)) if item >= 0}
    return min({closing.item, *alone}, key=lambda item: (tangle.weights[item], item))


def _reach(start: int, arcs: list[list[int]]) -> set[int]:
    met, left = {start}, [start]
    while left:
        for other in arcs[left.pop()]:
            if other not in met:
                met.add(other)
                left.append(other)
    return met


def _places(start: int, between: set[int], after: list[list[int]], before: list[list[int]]) -> dict[int, int]:
    """Give numbers to the steps on the ways from one step to another, so that every arc points forwards."""
    waiting = {step: sum(other in between for other in before[step]) for step in between}
    ready = [start]
    for step in ready:
        for other in after[step]:
            if other in between:
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
    return {step: number for number, step in enumerate(ready)}


def _alone(arcs: Iterable[tuple[int, int, int]], size: int) -> Iterable[int]:
    """Yield what is the only arc across some point of the way: all ways lead over it.

    Where one arc alone crosses, the sum of those that cross is that arc.
    """
    crossing, total = [0] * size, [0] * size
    for begin, end, item in arcs:
        crossing[begin] += 1
        crossing[end] -= 1
        total[begin] += item
        total[end] -= item
    open_arcs = open_total = 0
    for point in range(size - 1):
        open_arcs += crossing[point]
        open_total += total[point]
        if open_arcs == 1:
            yield open_total
