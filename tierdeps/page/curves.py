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
    """Return the path from a dependent to what it needs, and that of the arrowhead there.

    Each keeps to the right of its way, so that two opposite ones are apart.
    """
    up, down = end.bottom < start.top, end.top > start.bottom
    if (up or down) and abs(start.left - end.left) < _SAME_COLUMN:
        return _arc(start, end, up=up)
    apart = measures()["apart"]
    if up or down:
        aside = apart if up else -apart
        x1, y1 = start.middle[0] + aside, start.top if up else start.bottom
        x2, y2 = end.middle[0] + aside, end.bottom if up else end.top
        middle = (y1 + y2) / 2 + _sign(x2 - x1) * apart
        return _line(x1, y1, x1, middle, x2, middle, x2, y2), _head(x2, y2, "up" if up else "down")
    left = end.right < start.left
    aside = -apart if left else apart
    x1, y1 = start.left if left else start.right, start.middle[1] + aside
    x2, y2 = end.right if left else end.left, end.middle[1] + aside
    middle = (x1 + x2) / 2 - _sign(y2 - y1) * apart
    return _line(x1, y1, middle, y1, middle, y2, x2, y2), _head(x2, y2, "left" if left else "right")


def _arc(start: Box, end: Box, *, up: bool) -> tuple[str, str]:
    """Return the curve between two boxes of a column: beside it, on the right upwards and on the left downwards."""
    x1, x2 = (start.right, end.right) if up else (start.left, end.left)
    y1, y2 = start.middle[1], end.middle[1]
    out = max(x1, x2) + measures()["arc"] if up else min(x1, x2) - measures()["arc"]
    return _line(x1, y1, out, y1, out, y2, x2, y2), _head(x2, y2, "left" if up else "right")


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _head(x: float, y: float, direction: str) -> str:
    return f"M{_rounded(x)} {_rounded(y)}{_HEADS[direction]}"


def _line(*numbers: float) -> str:
    first, second, *rest = map(_rounded, numbers)
    return f"M{first} {second}C{' '.join(map(str, rest))}"


def _rounded(number: float) -> int:
    """Round as JavaScript does: halves up."""
    return math.floor(number + 0.5)
