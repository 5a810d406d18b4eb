"""Which of several dependencies is rather removed: their declarations decide, and only at last their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tierdeps.model import Edge

    #: Returns how many drivers need a driver directly.
    Dependents = Callable[[str], int]


def preference(edge: Edge, dependents: Dependents) -> tuple[bool, bool, int]:
    """Return what dependencies are ordered by: soft, then conditional, then of a driver that few others need.

    Of those that are equal so far the first by name is preferred: they have to be sorted by name before.
    """
    return (edge.kind is Kind.REQUIRES, edge.when is None, dependents(edge.dependent.driver))


def exact_weights(items: Sequence[Edge], dependents: Dependents) -> list[int]:
    """Weigh dependencies, which are sorted by name, so that of any two sets the sums compare as wanted.

    The smaller set is the lighter one; then the one with fewer hard dependencies, with fewer unconditional ones, and
    whose drivers fewer others need. The lowest bits rank the items, so that the first set by name is the lightest of
    those that are equal so far: no two sets weigh the same.
    """
    count, needed = len(items), [dependents(edge.dependent.driver) for edge in items]
    span = sum(needed) + 1
    return [
        (weight * span + others << count) - (1 << (count - 1 - rank))
        for rank, (weight, others) in enumerate(zip(plain_weights(items), needed, strict=True))
    ]


def plain_weights(items: Iterable[Edge]) -> list[int]:
    """Weigh dependencies of which there are many: smaller sets, then softer, then more conditional ones are lighter.

    Numbers stay small that way. What is equal so far goes by the order of the items.
    """
    edges = list(items)
    base = len(edges) + 1
    return [(base + (edge.kind is Kind.REQUIRES)) * base + (edge.when is None) for edge in edges]
