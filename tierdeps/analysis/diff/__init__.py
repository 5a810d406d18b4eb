"""What changed between two graphs, and what that moved: as values, in no words yet."""

from tierdeps.analysis.diff.compare import compare
from tierdeps.analysis.diff.difference import Altered, Because, Cause, Changed, Difference, FactChange, Move, Sides
from tierdeps.analysis.diff.snapshot import Placed, Snapshot, Unmet, take_snapshot

__all__ = [
    "Altered",
    "Because",
    "Cause",
    "Changed",
    "Difference",
    "FactChange",
    "Move",
    "Placed",
    "Sides",
    "Snapshot",
    "Unmet",
    "compare",
    "take_snapshot",
]
