"""What differs between two graphs, as values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.analysis.diff.snapshot import PlacedDriver, Snapshot, Unmet
    from tierdeps.model import Cycle, Edge

T = TypeVar("T")


class Sides(Value, Generic[T]):
    """What only the new graph has, and what only the old one had."""

    new: tuple[T, ...] = ()
    gone: tuple[T, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)


class CauseKind(StrEnum):
    """Why a driver can move."""

    NAMED = "named"
    NEW_DEPENDENCY = "new dependency"
    GONE_DEPENDENCY = "gone dependency"
    FACT = "fact"
    CONDITION = "condition"
    DRIVER = "driver"
    TIERS = "tiers"
    UNKNOWN = "unknown"


class Cause(Value):
    """Why a driver moved: because of ``edge``, or of ``name``, which is a driver, a fact or a tier."""

    kind: CauseKind
    edge: Edge | None = None
    name: str = ""
    holds: bool = True


class Move(Value):
    """A driver that is in another tier or stage than before."""

    driver: str
    old: PlacedDriver
    new: PlacedDriver
    cause: Cause


class DriverChange(Value):
    """A driver with other phases or on another host, or that was disabled or enabled."""

    driver: str
    old: PlacedDriver
    new: PlacedDriver


class DependencyChange(Value):
    """A dependency between the same two drivers that is declared differently."""

    old: Edge
    new: Edge


class FactChange(Value):
    """A fact with another value; None on the side where no dependency is conditional on it."""

    name: str
    old: bool | None
    new: bool | None


class Difference(Value):
    """All that differs between two graphs; false where nothing does.

    ``graphs`` are files that only one side has, where both sides are read from the same repository. Names of renamed
    drivers and tiers are the new ones throughout. ``tier_order`` has the old and the new order of the
    tiers that both have, where they differ; ``ordered`` whether the old and the new graph have an order. ``targets``
    are the old and the new ones, where they differ: a driver that is no longer active is gone, one that is now is new.
    ``sides`` are the graphs that were compared, the old one with the new names.
    """

    old: str
    new: str
    tiers: Sides[str] = Sides()
    tiers_renamed: tuple[tuple[str, str], ...] = ()
    tier_order: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    drivers: Sides[tuple[str, PlacedDriver]] = Sides()
    drivers_renamed: tuple[tuple[str, str], ...] = ()
    moves: tuple[Move, ...] = ()
    drivers_changed: tuple[DriverChange, ...] = ()
    edges: Sides[Edge] = Sides()
    edges_changed: tuple[DependencyChange, ...] = ()
    unmet: Sides[Unmet] = Sides()
    facts: tuple[FactChange, ...] = ()
    cycles: Sides[Cycle] = Sides()
    inversions: Sides[Edge] = Sides()
    ordered: tuple[bool, bool] = (True, True)
    graphs: Sides[str] = Sides()
    graphs_renamed: tuple[tuple[str, str], ...] = ()
    targets: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    sides: tuple[Snapshot, Snapshot] | None = None

    def __bool__(self) -> bool:
        differing = (
            getattr(self, name) for name in self.__struct_fields__ if name not in {"old", "new", "ordered", "sides"}
        )
        return any(differing) or self.ordered[0] != self.ordered[1]
