"""The same order again: what then comes out differently is random, and what comes out the same depends on the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.shake.significance import SEEN

if TYPE_CHECKING:
    from tierdeps.shake.evidence import Evidence, Target


def order_to_repeat(evidence: Evidence, target: Target) -> tuple[int, ...] | None:
    """Return an order that shows more of whether a step fails at random; None where that is known.

    One in which it failed comes first, since most of what is random is rare.
    """
    found = evidence.by_order(target)
    if any(len(set(results)) > 1 for results in found.values()):
        return None
    for failed in (True, False):
        alike = [order for order, results in found.items() if results[0] is failed]
        most = max(alike, key=lambda order: len(found[order]), default=None)
        if most is not None and len(found[most]) < SEEN:
            return most
    return None


def is_repeatable(evidence: Evidence, target: Target) -> bool:
    """Return whether a step had the same result each time in each order: it does not fail at random."""
    found = evidence.by_order(target)
    often = {results[0] for results in found.values() if len(results) >= SEEN}
    return often == {True, False} and all(len(set(results)) == 1 for results in found.values())
