"""The curve of an edge between two boxes, as assets/edges.js draws it; a test compares both."""

from __future__ import annotations

import math
from typing import NamedTuple

from tierdeps.page.assemble import measures

_HEADS = {"up": "m-4 7l4 -7l4 7", "down": "m-4 -7l4 7l4 -7", "left": "m7 -4l-7 4l7 4", "right": "m-7 -4l7 4l-7 4"}
#: Boxes of one column: their left edges differ by less than this.
_SAME_COLUMN = 2


class Box(NamedTuple):
    """A rectangle."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.left + self.width / 2, self.top + self.height / 2


def curve(start: Box, end: Box) -> tuple[str, str]:
    """Return the path from a dependent to what it needs, and that of the arrowhead there."""
    up, down = end.bottom < start.top, end.top > start.bottom
    if (up or down) and abs(start.left - end.left) < _SAME_COLUMN:
        return _arc(start, end, up=up)
    if up or down:
        x1, y1 = start.middle[0], start.top if up else start.bottom
        x2, y2 = end.middle[0], end.bottom if up else end.top
        bend = (y2 - y1) / 2
        return _line(x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2), _head(x2, y2, "up" if up else "down")
    left = end.right < start.left
    x1, y1 = start.left if left else start.right, start.middle[1]
    x2, y2 = end.right if left else end.left, end.middle[1]
    bend = (x2 - x1) / 2
    return _line(x1, y1, x1 + bend, y1, x2 - bend, y2, x2, y2), _head(x2, y2, "left" if left else "right")


def _arc(start: Box, end: Box, *, up: bool) -> tuple[str, str]:
    """Return the curve between two boxes of a column: beside it, on the right upwards and on the left downwards."""
    x1, x2 = (start.right, end.right) if up else (start.left, end.left)
    y1, y2 = start.middle[1], end.middle[1]
    out = max(x1, x2) + measures()["arc"] if up else min(x1, x2) - measures()["arc"]
    return _line(x1, y1, out, y1, out, y2, x2, y2), _head(x2, y2, "left" if up else "right")


def _head(x: float, y: float, direction: str) -> str:
    return f"M{_rounded(x)} {_rounded(y)}{_HEADS[direction]}"


def _line(*numbers: float) -> str:
    first, second, *rest = map(_rounded, numbers)
    return f"M{first} {second}C{' '.join(map(str, rest))}"


def _rounded(number: float) -> int:
    """Round as JavaScript does: halves up."""
    return math.floor(number + 0.5)
