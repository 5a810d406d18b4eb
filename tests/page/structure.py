"""What is visible on a page, as a text: its elements with their roles and names, and where, whatever the fonts are."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.page.browser import Browser

#: Of a band with more drivers only the numbers of its stages are listed, with a digest of all names.
MOST_NAMES = 60
#: The areas of a page, in the order of the document.
AREAS = (".top", ".toolbar", "#run", "#steps", "#now", "#detail", "#facts", "#findings", "#legend")

_SEEN = """(areas) => {
    const isSeen = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 0;
    const box = (one) => one.getBoundingClientRect();
    const text = (one) => (one.innerText || "").trim().replace(/\\s+/g, " ");
    const nameOf = (one) => one.getAttribute("aria-label")
        || (one.labels && one.labels.length ? text(one.labels[0]) : "") || text(one) || one.getAttribute("title") || "";
    const roleOf = (one) => one.getAttribute("role")
        || { BUTTON: "button", A: "link", SELECT: "select", H1: "heading", H2: "heading", H3: "heading", P: "text",
             INPUT: one.type, TABLE: "table", LI: "item", svg: "image", OUTPUT: "text" }[one.tagName];
    const shownIn = (selector) => [...document.querySelectorAll(selector)].flatMap((area) =>
        [...area.querySelectorAll("h1, h2, h3, p, button, input, select, a, table, li, svg[role], output, [role]")]
            .filter((one) => isSeen(one) && !one.parentNode.closest("button, li, .field.check"))
            .map((one) => [roleOf(one), nameOf(one)]));
    const drivers = [...document.querySelectorAll(".driver")].filter(isSeen);
    const boxes = drivers.map(box);
    let overlapping = 0;
    const byTop = boxes.map((one, at) => at).sort((one, other) => boxes[one].top - boxes[other].top);
    byTop.forEach((one, at) => {
        for (let next = at + 1; next < byTop.length; next++) {
            const [a, b] = [boxes[one], boxes[byTop[next]]];
            if (b.top >= a.bottom - 1) break;
            if (a.left < b.right - 1 && b.left < a.right - 1) overlapping++;
        }
    });
    const bands = [...document.querySelectorAll(".band")].map((band) => ({
        name: text(band.querySelector(".fold")), count: text(band.querySelector(".count")),
        classes: band.className, top: box(band).top,
        stages: [...band.querySelectorAll(".stage")].map((stage) => ({
            title: text(stage.querySelector("h3")), left: box(stage).left, top: box(stage).top,
            drivers: [...stage.querySelectorAll(".driver")].filter(isSeen).map((one) =>
                [one.querySelector("bdi").textContent, one.className.replace("driver", "").trim()]),
        })),
    }));
    const edges = {};
    for (const path of document.querySelectorAll("#edges path:not(.head)")) {
        const style = path.getAttribute("class").split(" ").slice(1).sort().join(" ");
        edges[style] = (edges[style] || 0) + Number(path.dataset.count);
    }
    const [graph, side] = [box(document.getElementById("graph")), box(document.getElementById("side"))];
    return {
        areas: areas.map((area) => [area, shownIn(area)]), bands, edges, overlapping,
        wide: document.documentElement.scrollWidth > innerWidth,
        isBeside: side.left >= graph.right - 1, isBelow: side.top >= graph.bottom - 1,
    };
}"""


def structure(browser: Browser, *widths: int) -> Iterator[str]:
    """Yield the lines that describe what a page shows at each width: all of them, then those that differ."""
    before: set[str] = set()
    for width in widths:
        browser.page.set_viewport_size({"width": width, "height": 800})
        browser.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen: Mapping[str, Any] = browser.page.evaluate(_SEEN, list(AREAS))
        wide = "wider than the window" if seen["wide"] else "not wider than the window"
        side = "right of the graph" if seen["isBeside"] else "below the graph" if seen["isBelow"] else "over the graph"
        yield f"{width} px: {wide}, details {side}, {seen['overlapping']} drivers overlap"
        lines = list(_lines(seen))
        yield from (line for line in lines if line not in before)
        before = set(lines)


def _lines(seen: Mapping[str, Any]) -> Iterator[str]:
    for area, elements in seen["areas"]:
        if elements:
            yield f"  {area}: " + "; ".join(f"{role} {name!r}" if name else str(role) for role, name in elements)
    for band in sorted(seen["bands"], key=lambda band: band["top"]):
        yield f"  {band['classes']} {band['name']!r}, {band['count']}, {_direction(band['stages'])}"
        yield from _stages(band["name"], band["stages"])
    for style, count in sorted(seen["edges"].items()):
        yield f"  {count} edges: {style}"


def _direction(stages: Sequence[Mapping[str, Any]]) -> str:
    if len(stages) < 2:
        return f"{len(stages)} stage"
    lefts, tops = ([stage[key] for stage in stages] for key in ("left", "top"))
    beside = lefts == sorted(lefts) and len(set(tops)) == 1
    below = tops == sorted(tops) and len(set(map(round, lefts))) == 1
    return f"{len(stages)} stages {'beside each other' if beside else 'below each other' if below else 'in disorder'}"


def _stages(band: str, stages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    shown = [(stage["title"], [f"{name!r} {more}".strip() for name, more in stage["drivers"]]) for stage in stages]
    if sum(len(names) for _, names in shown) <= MOST_NAMES:
        yield from (f"    {band!r} {title}: {', '.join(names)}" for title, names in shown)
        return
    digest = sha256(str(shown).encode("utf-8", "backslashreplace")).hexdigest()[:12]
    yield f"    {band!r} {', '.join(str(len(names)) for _, names in shown)} drivers, {digest}"
