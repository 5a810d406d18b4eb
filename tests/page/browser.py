"""A tab of a real browser, and what a page shows in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps.page import page_lines

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page


class Browser:
    """One tab of a browser, in which pages are opened one after another."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self._file = self._shown = folder / "page.html"
        self.problems: list[str] = []
        page.on("console", lambda message: self.problems.append(message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self._check(request.url))
        page.on("dialog", lambda dialog: self.problems.append(dialog.message))

    def _check(self, url: str) -> None:
        if not url.startswith((self._shown.as_uri(), "about:")):
            self.problems.append(f"requested {url}")

    def open(self, document: dict[str, Any], address: str = "") -> None:
        """Open the page of a document, at an address."""
        self._file.write_text("\n".join(page_lines(document)), encoding="ascii")
        self.show(self._file, address)

    def show(self, file: Path, address: str = "") -> None:
        """Open a page, which is the only file that may be requested from then on."""
        self.page.goto("about:blank")
        self._shown = file
        self.page.goto(f"{file.as_uri()}{address and '#'}{address}")
        self.page.wait_for_selector("html[data-ready]")

    def settle(self) -> None:
        """Wait until the page shows what its address says."""
        self.page.evaluate(
            """() => new Promise((resolve) => {
                const { dataset } = document.documentElement;
                const look = () => (dataset.ready === location.hash ? resolve() : setTimeout(look));
                look();
            })"""
        )

    def count(self, selector: str) -> int:
        """Return how many elements a selector finds."""
        self.settle()
        found: int = self.page.locator(selector).count()
        return found

    def width(self, selector: str) -> float:
        """Return the width of the element that a selector finds."""
        self.settle()
        box = self.page.locator(selector).bounding_box()
        assert box is not None
        width: float = box["width"]
        return width

    def texts(self, selector: str) -> list[str]:
        """Return the texts of the elements that a selector finds."""
        self.settle()
        found: list[str] = self.page.locator(selector).all_inner_texts()
        return found

    def stages(self) -> dict[str, list[list[str]]]:
        """Return the drivers of each tier as the page shows them, stage by stage."""
        self.settle()
        found: dict[str, list[list[str]]] = self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll(".band")].map((band) => [
                band.querySelector(".fold").textContent,
                [...band.querySelectorAll(".stage:not([data-stage='0'])")].map((stage) =>
                    [...stage.querySelectorAll(".driver bdi")].map((name) => name.textContent))]))"""
        )
        return {tier: stages for tier, stages in found.items() if stages}

    def edges(self, classes: str = "") -> int:
        """Return how many edges are drawn that have some classes."""
        self.settle()
        found: int = self.page.evaluate(
            """(selector) => [...document.querySelectorAll(selector)].reduce(
                (sum, path) => sum + Number(path.dataset.count), 0)""",
            f"#edges path:not(.head){classes}",
        )
        return found

    @property
    def address(self) -> str:
        """What is in the address after the #."""
        self.settle()
        return str(self.page.evaluate("location.hash"))[1:]
