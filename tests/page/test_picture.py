"""A graph as SVG without Graphviz, with the layout of the page."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.page.documents import GRAPHS, HOSTILE, hostile, ladder, load, tangle
from tierdeps import DependencyGraph, Driver, Tier, conflicts, requires, wants
from tierdeps._util.text import printable
from tierdeps.formats import View
from tierdeps.formats.graph.dot import render_svg
from tierdeps.graph.view import build_view
from tierdeps.page import graph_document, picture_lines
from tierdeps.page.assemble import colours, measures
from tierdeps.page.curves import Box, curve
from tierdeps.page.layout import layout_of, stages_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.page.browser import Browser
    from tierdeps.page.layout import Layout

SVG = "{http://www.w3.org/2000/svg}"


def picture(graph: DependencyGraph) -> ET.Element:
    return ET.fromstring("\n".join(picture_lines(build_view(graph, with_cycles=True))))  # noqa: S314


def paths(root: ET.Element, *classes: str) -> list[ET.Element]:
    found = [path for path in root.iter(f"{SVG}path") if "head" not in (path.get("class") or "")]
    edges = [path for group in root.iter(f"{SVG}g") for path in group.findall(f"{SVG}path") if path in found]
    return [path for path in edges if set(classes) <= set((path.get("class") or "").split())]


def titles(root: ET.Element) -> list[str]:
    return [title.text or "" for title in root.iter(f"{SVG}title")]


def overlaps(one: Box, other: Box) -> bool:
    beside = one.right <= other.left or other.right <= one.left
    return not (beside or one.bottom <= other.top or other.bottom <= one.top)


def layout(graph: DependencyGraph) -> Layout:
    return layout_of(graph_document(build_view(graph)))


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_every_driver_has_a_place_of_its_own_in_its_band(path: Path) -> None:
    graph = load(path).with_all_facts().active
    found = layout(graph)
    boxes = list(found.boxes.values())
    assert len(boxes) >= len(graph.drivers)
    assert not [(one, two) for at, one in enumerate(boxes) for two in boxes[at + 1 :] if overlaps(one, two)]
    for box in boxes:
        assert [band for band in found.bands if band.box.top < box.top and box.bottom < band.box.bottom]
        assert box.right < found.width


def test_all_edges_are_drawn_with_the_marks_of_the_page() -> None:
    graph = tangle()
    root = picture(graph)
    (cycle,) = graph.cycles()
    assert len(paths(root)) == graph.dependency_count
    assert len(paths(root, "named", "bad")) == len(cycle.edges)
    assert len(paths(root, "cut")) == len(cycle.feedback_arcs)


def test_a_tooltip_has_the_reason_and_the_place() -> None:
    graph = load(next(path for path in GRAPHS if path.name == "libvirt-today.toml")).with_all_facts()
    (text,) = [title for title in titles(picture(graph)) if title.startswith("storage requires remote, ")]
    assert "when pool.auth" in text
    assert "libvirt-today.toml:" in text.splitlines()[-1]


def test_hostile_and_long_names_are_text_that_is_shortened() -> None:
    root = picture(hostile())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "style", "g", "rect", "title", "text", "tspan", "path"),
    }
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on") or "href" in key]
    assert {printable(name) for name in HOSTILE} <= {title.splitlines()[0] for title in titles(root)}
    shown = [text.text or "" for group in root.iter(f"{SVG}g") for text in group.iter(f"{SVG}text")]
    assert max(map(len, shown)) < 60
    assert [text for text in shown if text.endswith("...")]
    assert float(root.get("width", "0")) < 500


def test_targets_that_are_not_resolved_and_disabled_drivers_look_different() -> None:
    driver = Driver("a", dependencies=(requires("nowhere"),))
    root = picture(DependencyGraph((driver,)))
    assert [
        group.get("class") for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("driver")
    ] == [
        "driver ",
        "driver missing",
    ]
    assert len(paths(root, "bad")) == 1


def test_the_legend_has_the_lines_of_the_picture() -> None:
    def legend(*drivers: Driver) -> list[str | None]:
        texts = [
            text.text
            for text in picture(DependencyGraph(drivers).with_all_facts()).findall(f"{SVG}text[@class='quiet']")
        ]
        return [text for text in texts if text not in {"stage 1", "stage 2", "no such driver"}]

    assert legend(Driver("a")) == []
    assert legend(Driver("a"), Driver("b", dependencies=(requires("a"),))) == ["requires"]
    found = legend(Driver("a"), Driver("b", dependencies=(wants("a", when="f"), conflicts("c"))), Driver("c"))
    assert found == ["wants, after, before", "under a fact", "conflicts"]
    assert legend(Driver("a", dependencies=(requires("nowhere"),))) == [
        "requires",
        "on a cycle, or on a later tier",
    ]


def test_an_empty_graph_is_a_picture() -> None:
    assert picture(DependencyGraph(())).get("width")


def test_a_large_graph_is_drawn() -> None:
    drivers, tiers = ladder(1000)
    root = picture(DependencyGraph(tuple(drivers), tuple(tiers)))
    assert len(titles(root)) == 1000 + len(paths(root))
    assert "var(" not in "".join(style.text or "" for style in root.iter(f"{SVG}style"))


def test_it_is_what_svg_is_without_graphviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    view = build_view(tangle(), with_cycles=True)
    assert list(render_svg(view, View())) == list(picture_lines(view))


def test_members_of_a_cycle_share_a_stage_and_what_needs_them_comes_after_it() -> None:
    cycle = (Driver("a", dependencies=(requires("b"),)), Driver("b", dependencies=(requires("a"),)))
    later = Driver("c", dependencies=(requires("a"),))
    other = Driver("d", tier="late", dependencies=(requires("c"),))
    graph = DependencyGraph((*cycle, later, other), (Tier("default"), Tier("late", after=("default",))))
    assert stages_of(graph_document(build_view(graph))) == [1, 1, 2, 1]


def _along(line: str) -> list[tuple[float, float]]:
    """Return points of a curve between its ends."""
    numbers = [float(number) for number in re.findall(r"-?\d+", line)]
    ends = list(zip(numbers[::2], numbers[1::2], strict=True))

    def at(part: float) -> tuple[float, float]:
        rest = 1 - part
        weights = (rest**3, 3 * rest**2 * part, 3 * rest * part**2, part**3)
        x, y = (sum(weight * end[axis] for weight, end in zip(weights, ends, strict=True)) for axis in (0, 1))
        return x, y

    return [at(step / 40) for step in range(41)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Box(100, 0, 60, 28), Box(300, 200, 80, 28)),
        (Box(300, 0, 60, 28), Box(100, 200, 80, 28)),
        (Box(100, 0, 60, 28), Box(1100, 100, 60, 28)),
        (Box(100, 0, 60, 28), Box(110, 200, 40, 28)),
        (Box(100, 0, 60, 28), Box(100, 200, 60, 28)),
        (Box(100, 0, 60, 28), Box(300, 0, 60, 28)),
        (Box(100, 0, 60, 28), Box(300, 20, 60, 28)),
    ],
)
def test_opposite_arrows_are_apart(one: Box, other: Box) -> None:
    forth, back = (_along(curve(start, end)[0]) for start, end in ((one, other), (other, one)))
    assert min(math.dist(here, there) for here in forth for there in back) >= 4


def test_the_numbers_and_colours_are_those_of_the_style_sheet() -> None:
    assert {
        "rows",
        "band-gap",
        "stage-gap",
        "row-gap",
        "column-gap",
        "driver-width",
        "arc",
        "apart",
    } <= measures().keys()
    assert colours()["page"] == "#ffffff"


_SEEN = """() => {
    const origin = document.getElementById("bands").getBoundingClientRect();
    const boxes = {};
    for (const button of document.querySelectorAll(".driver")) {
        const { left, top, width, height } = button.getBoundingClientRect();
        boxes[button.dataset.id] = [left - origin.left, top - origin.top, width, height];
    }
    const edges = [...document.querySelectorAll("#edges path:not(.head)")].map((path) => path.getAttribute("d"));
    const heads = [...document.querySelectorAll("#edges path.head")].map((path) => path.getAttribute("d"));
    return { boxes, edges: edges.join(""), heads: heads.join("") };
}"""


@pytest.mark.parametrize("name", ["libvirt-today.toml", "conditional-cycle.toml", "missing.toml", "ladder.toml"])
def test_the_page_in_a_browser_has_the_same_stages_order_and_curves(browser: Browser, name: str) -> None:
    document = graph_document(
        build_view(load(next(path for path in GRAPHS if path.name == name)).with_all_facts().active)
    )
    browser.open(document, "show=all")
    seen = browser.page.evaluate(_SEEN)
    boxes = {int(number): Box(*box) for number, box in seen["boxes"].items()}
    # the same places relative to each other: bands, stages, and rows in them
    ours = layout_of(document).boxes
    assert boxes.keys() == ours.keys()
    assert sorted(boxes, key=lambda at: (round(boxes[at].top), boxes[at].left)) == sorted(
        ours, key=lambda at: (ours[at].top, ours[at].left)
    )
    for edge in document["edges"]:  # type: ignore[union-attr]
        line, head = curve(boxes[edge["from"]], boxes[edge["to"]])  # type: ignore[index,call-overload]
        assert line in seen["edges"]
        assert head in seen["heads"]
