"""How soon a page is painted, and how long its frames take while it is scrolled, by Chromium's own trace.

``python -m benchmarks.page [DRIVERS]...``; it needs Chromium, and the package ``playwright`` (the extra ``dev``).
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from tierdeps import DependencyGraph, Driver, Tier, requires
from tierdeps.graph.view import build_view
from tierdeps.page import graph_document, page_lines

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TIERS = 5
SCROLLS = 40
CATEGORIES = ["devtools.timeline", "blink.user_timing", "loading", "disabled-by-default-devtools.timeline"]


def ladder(count: int) -> DependencyGraph:
    """Return drivers in five tiers, each of which needs three others."""
    tiers = tuple(Tier(f"tier-{at}", after=(f"tier-{at - 1}",) if at else ()) for at in range(TIERS))
    drivers = tuple(
        Driver(
            f"driver-{at:05}",
            tier=f"tier-{at * TIERS // count}",
            dependencies=tuple(
                requires(f"driver-{other:05}")
                for other in sorted({at - 1 - at % 7, at // 2, at // 3})
                if 0 <= other < at
            ),
        )
        for at in range(count)
    )
    return DependencyGraph(drivers, tiers)


def events(trace: bytes, name: str) -> list[dict[str, Any]]:
    """Return the events of a trace that have a name."""
    return [event for event in json.loads(trace)["traceEvents"] if event["name"] == name]


def measure(browser: Browser, file: Path, address: str) -> tuple[float, float, float]:
    """Return milliseconds: until the first paint, until all is drawn, and of the longest task of a scroll."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.goto(f"{file.as_uri()}#{address}")
    page.wait_for_selector("html[data-ready]")
    drawn = float(page.evaluate("performance.now()"))
    page.wait_for_timeout(500)
    trace = browser.stop_tracing()
    (painted,) = events(trace, "firstContentfulPaint")[:1]
    opened = max(event["ts"] for event in events(trace, "navigationStart") if event["ts"] < painted["ts"])
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.mouse.move(400, 500)
    for step in range(SCROLLS):
        page.mouse.wheel(0 if step % 2 else 300, 200 if step % 3 else -100)
        page.wait_for_timeout(20)
    tasks = events(browser.stop_tracing(), "RunTask")
    main = {(event["pid"], event["tid"]) for event in events(trace, "firstContentfulPaint")}
    own = [task for task in tasks if (task["pid"], task["tid"]) in main]
    # in processor time: another process may take the processor in the middle of a task
    longest = max(task.get("tdur", task.get("dur", 0)) for task in own)
    page.close()
    return (painted["ts"] - opened) / 1000, drawn, longest / 1000


def main(counts: list[int]) -> None:
    """Print a line for each number of drivers, with the edges of one driver and with all edges."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for count in counts:
            graph = ladder(count)
            file = Path(folder, "page.html")
            file.write_text("\n".join(page_lines(graph_document(build_view(graph)))), encoding="ascii")
            size = f"{count} drivers, {len(graph.edges)} dependencies, {file.stat().st_size // 1000} kB"
            for address in (f"driver=driver-{count // 2:05}", "show=all"):
                painted, drawn, longest = measure(browser, file, address)
                print(
                    f"{size}, #{address}: first paint {painted:.0f} ms, drawn {drawn:.0f} ms,"
                    f" longest task of a scroll {longest:.0f} ms"
                )
        browser.close()


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1000, 10_000])
