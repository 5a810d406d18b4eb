"""A light break of a large component: what points backwards in a good order, made better step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.breaks.order import greedy_order
from tierdeps.breaks.sift import sift
from tierdeps.breaks.swap import swap
from tierdeps.breaks.tangle import forwards, successors, weight_of
from tierdeps.breaks.thin import thin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.breaks.tangle import Tangle

#: So many arcs are looked at while an order is made better: enough for hundreds of passes over a small component.
EFFORT = 1_500_000
#: A component of more arcs is ordered from one end only.
FROM_BOTH_ENDS_UP_TO = 200_000


def light_break(tangle: Tangle) -> list[int]:
    """Return the dependencies of a break of which none can be left out; linear in the size of large components."""
    found = _light_break(tangle, reverse=False)
    if len(found) == 1 or len(tangle.arcs) > FROM_BOTH_ENDS_UP_TO:
        return found
    other = _light_break(tangle, reverse=True)
    return min(found, other, key=lambda items: (weight_of(tangle, items), items))


def _light_break(tangle: Tangle, *, reverse: bool) -> list[int]:
    places = greedy_order(tangle, reverse=reverse)
    if len(_backwards(tangle, places)) > 1:
        sift(tangle, places, max(2, min(200, EFFORT // len(tangle.arcs))))
    chosen = thin(tangle, _backwards(tangle, places), places)
    while (lighter := swap(tangle, chosen)) != chosen:
        chosen = thin(tangle, lighter, forwards(successors(tangle, lighter)))
    return sorted(chosen)


def _backwards(tangle: Tangle, places: Sequence[float]) -> set[int]:
    return {arc.item for arc in tangle.arcs if places[arc.tail] > places[arc.head]}
