"""Which dependencies are preferred for removal: decided by how they are declared, and by name only in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tierdeps.model import Edge

    #: Returns how many drivers need a driver directly.
    DependentCount = Callable[[str], int]


def preference(edge: Edge, dependent_count: DependentCount) -> tuple[bool, bool, int]:
    """Return a sort key: soft dependencies first, then conditional ones, then those of drivers that few others need.

    Equal ones are meant to be ordered by name: sort by name before.
    """
    return (edge.kind is Kind.REQUIRES, edge.when is None, dependent_count(edge.dependent.driver))


def exact_weights(dependencies: Sequence[Edge], dependent_count: DependentCount) -> list[int]:
    """Return weights of dependencies, sorted by name, so that comparing sums compares sets by all preferences.

    The smaller set is lighter; then the one with fewer hard dependencies, with fewer unconditional ones, and whose
    drivers fewer others need. The lowest ``count`` bits rank the dependencies by name, one bit each, so no two sets
    have the same sum. The integers grow with the number of dependencies: for small components only.
    """
    count = len(dependencies)
    return [
        (weight << count) - (1 << (count - 1 - rank))
        for rank, weight in enumerate(nameless_weights(dependencies, dependent_count))
    ]


def nameless_weights(dependencies: Sequence[Edge], dependent_count: DependentCount) -> list[int]:
    """Return weights that compare sets by all preferences but their names."""
    needed = [dependent_count(edge.dependent.driver) for edge in dependencies]
    span = sum(needed) + 1
    return [weight * span + others for weight, others in zip(plain_weights(dependencies), needed, strict=True)]


def plain_weights(dependencies: Iterable[Edge]) -> list[int]:
    """Return weights of many dependencies: the smaller set is lighter, then the softer, then the more conditional one.

    The integers stay small. Sets that are equal so far are compared by the indices of their dependencies elsewhere.
    """
    edges = list(dependencies)
    base = len(edges) + 1
    return [(base + (edge.kind is Kind.REQUIRES)) * base + (edge.when is None) for edge in edges]
