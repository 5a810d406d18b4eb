"""Where the page shows each driver: a tier is a band, a stage a column of it, as assets/bands.js and page.css have it.

A page lays itself out in the browser, whose fonts decide how wide a name is. Here widths are estimated.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from tierdeps._util.frozen import Value
from tierdeps._util.text import printable
from tierdeps.page.assemble import measures
from tierdeps.page.curves import Box

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: In pixels: the margin of the picture, the padding of a band, the heights of its name, of the number of a stage and of
#: a driver, and the space around a driver's name.
MARGIN, PADDING, BAND_HEAD, STAGE_HEAD, DRIVER, INSIDE = 28, 12, 32, 26, 28, 9
#: The width of the number of drivers beside the name of a tier.
COUNT = 130
#: The width of letters in DejaVu Sans, a wide font, for a size of one: narrow, wide, and other ones.
_NARROW, _WIDE, _OTHER = 0.4, 0.98, 0.66
#: The size of the letters of names.
FONT = 14


class Column(NamedTuple):
    """A stage of a tier; 0 is that of drivers which are not in the plan."""

    stage: int
    left: float
    top: float


class Band(NamedTuple):
    """A tier."""

    tier: int
    box: Box
    columns: tuple[Column, ...]
    drivers: int


class Layout(Value):
    """The boxes of all drivers, by their numbers, and the bands."""

    boxes: Mapping[int, Box]
    bands: tuple[Band, ...]
    width: float
    height: float


def layout_of(document: Mapping[str, Any], top: float = MARGIN) -> Layout:
    """Return the layout of the data of a page, below some space."""
    gaps, boxes, bands = measures(), dict[int, Box](), list[Band]()
    drivers: Sequence[Mapping[str, Any]] = document["drivers"]
    for tier, stages in sorted(_members(document).items()):
        columns, left, bottom = list[Column](), float(MARGIN + PADDING), top
        for stage, numbers in sorted(stages.items(), key=lambda item: item[0] or float("inf")):
            columns.append(Column(stage, left, top + BAND_HEAD))
            head = width_of(f"stage {stage}", 12) if stage else width_of("no such driver", 12)
            ordered = sorted(numbers, key=lambda number: drivers[number]["name"])
            placed = dict(_grid(ordered, drivers, left, top + BAND_HEAD + STAGE_HEAD))
            boxes.update(placed)
            left = max(left + head, *(box.right for box in placed.values())) + gaps["stage-gap"]
            bottom = max(bottom, *(box.bottom for box in placed.values()))
        count = sum(map(len, stages.values()))
        name = min(gaps["driver-width"], width_of(printable(document["tiers"][tier]["name"]), FONT))
        width = max(left - gaps["stage-gap"] - MARGIN, name + COUNT) + PADDING
        bands.append(Band(tier, Box(MARGIN, top, width, bottom + PADDING - top), tuple(columns), count))
        top = bottom + PADDING + gaps["band-gap"]
    width = max((band.box.width for band in bands), default=0.0)
    same = tuple(band._replace(box=band.box._replace(width=width)) for band in bands)
    return Layout(boxes, same, width + 2 * MARGIN, top)


def _grid(
    numbers: Sequence[int], drivers: Sequence[Mapping[str, Any]], left: float, top: float
) -> Iterator[tuple[int, Box]]:
    """Yield the boxes of the drivers of a stage: below each other, in as many columns as they need."""
    gaps = measures()
    rows = int(gaps["rows"])
    for start in range(0, len(numbers), rows):
        column = numbers[start : start + rows]
        widths = [_box_width(drivers[number]) for number in column]
        for row, (number, width) in enumerate(zip(column, widths, strict=True)):
            yield number, Box(left, top + row * (DRIVER + gaps["row-gap"]), width, DRIVER)
        left += max(widths) + gaps["column-gap"]


def _box_width(driver: Mapping[str, Any]) -> float:
    note = note_of(driver)
    name = width_of(printable(driver["name"]), FONT)
    return min(measures()["driver-width"], name + (8 + width_of(note, 11) if note else 0) + 2 * INSIDE)


def note_of(driver: Mapping[str, Any]) -> str:
    """Return what stands behind the name of a driver."""
    return str(driver.get("state", ""))


def width_of(text: str, size: float) -> float:
    """Return about how wide a text is, rather too wide."""
    return sum(map(_letter, text)) * size


def _letter(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF" or char in "mwMW@%":
        return _WIDE
    return _NARROW if char in "iljtfrI.,:;'|!()[] -" else _OTHER


def _members(document: Mapping[str, Any]) -> dict[int, dict[int, list[int]]]:
    """Return the drivers of each stage of each tier."""
    stages = stages_of(document)
    found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, driver in enumerate(document["drivers"]):
        found[driver["tier"]][stages[number]].append(number)
    return found


def stages_of(document: Mapping[str, Any]) -> list[int]:
    """Return the stage of each driver: those on a cycle share one; 0 is that of drivers which are not in the plan."""
    import networkx as nx

    drivers: Sequence[Mapping[str, Any]] = document["drivers"]
    absent = {name for name, holds in document["facts"].items() if not holds}
    present = [one.get("when") not in absent and one.get("state") != "missing" for one in drivers]
    needs: Any = nx.DiGraph()
    needs.add_nodes_from(range(len(drivers)))
    needs.add_edges_from(
        (edge["to"], edge["from"])
        for edge in document["edges"]
        if edge.get("orders")
        and edge.get("when") not in absent
        and drivers[edge["from"]]["tier"] == drivers[edge["to"]]["tier"]
        and present[edge["from"]]
        and present[edge["to"]]
    )
    components = nx.condensation(needs)
    stages = [0] * len(drivers)
    for stage, generation in enumerate(nx.topological_generations(components), 1):
        for component in generation:
            for number in components.nodes[component]["members"]:
                stages[number] = stage if present[number] else 0
    return stages
