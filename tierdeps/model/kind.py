"""The verbs of dependencies, and what a skipped target means for the dependent."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """The verbs of dependencies.

    ``required_by`` and ``wanted_by`` declare the edge of another driver: it is a ``requires`` or ``wants`` of that one.
    """

    REQUIRES = "requires"
    WANTS = "wants"
    AFTER = "after"
    BEFORE = "before"
    CONFLICTS = "conflicts"
    PULLS = "pulls"
    REQUIRED_BY = "required_by"
    WANTED_BY = "wanted_by"

    # Cached in each member: they are asked for each edge of a graph.

    @cached_property
    def of_dependent(self) -> Kind:
        """The verb that the dependent would declare: ``requires`` for ``required_by``, ``wants`` for ``wanted_by``."""
        return {Kind.REQUIRED_BY: Kind.REQUIRES, Kind.WANTED_BY: Kind.WANTS}.get(self, self)

    @cached_property
    def orders(self) -> bool:
        """Whether it puts steps in an order."""
        return self not in (Kind.CONFLICTS, Kind.PULLS)

    @cached_property
    def is_mirrored(self) -> bool:
        """Whether the driver that declares it is the one that is needed."""
        return self in (Kind.BEFORE, Kind.REQUIRED_BY, Kind.WANTED_BY)

    @cached_property
    def softness(self) -> int:
        """Its place among the verbs of the dependent, from hard to soft."""
        return tuple(Kind).index(self.of_dependent)


class OnSkipped(StrEnum):
    """What becomes of a dependent if a driver that it requires is skipped, by its probe or because it is disabled."""

    PASS = "pass"  # noqa: S105  the dependent starts, as if it were ready
    BLOCK = "block"
