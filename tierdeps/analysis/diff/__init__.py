"""What changed between two graphs, and which drivers moved because of it: as values, which formats put into words."""

from tierdeps.analysis.diff.compare import compare
from tierdeps.analysis.diff.difference import (
    Cause,
    CauseKind,
    DependencyChange,
    Difference,
    DriverChange,
    FactChange,
    Move,
    Sides,
)
from tierdeps.analysis.diff.snapshot import PlacedDriver, Snapshot, Unmet, take_snapshot

__all__ = [
    "Cause",
    "CauseKind",
    "DependencyChange",
    "Difference",
    "DriverChange",
    "FactChange",
    "Move",
    "PlacedDriver",
    "Sides",
    "Snapshot",
    "Unmet",
    "compare",
    "take_snapshot",
]
