"""Pages on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.page.documents import drawn, ladder
from tierdeps import Driver, Tier, requires

if TYPE_CHECKING:
    from tests.page.browser import Browser


_PLACES = """() => {
    const bands = document.getElementById("bands").getBoundingClientRect();
    const places = [...document.querySelectorAll(".driver")].map((one) => {
        const box = one.getBoundingClientRect();
        return [box.left - bands.left, box.top - bands.top];
    });
    const arrows = getComputedStyle(document.getElementById("edges")).display !== "none";
    const scale = Number(getComputedStyle(document.documentElement).getPropertyValue("--scale") || 1);
    return { places, arrows, scale, colour: getComputedStyle(document.body).color };
}"""


def _printed(browser: Browser) -> dict[str, Any]:
    """Return where the drivers are on paper, whether there are arrows, and the colour of the text."""
    browser.settle()
    browser.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    browser.page.emulate_media(media="print", color_scheme="dark")
    browser.page.set_viewport_size({"width": 720, "height": 1000})
    found: dict[str, Any] = browser.page.evaluate(_PLACES)
    browser.page.emulate_media(media="screen", color_scheme="light")
    return found


@pytest.mark.parametrize("tier", ["core", "x" * 300])
def test_on_paper_arrows_lie_where_they_do_on_the_screen(browser: Browser, tier: str) -> None:
    names = [f"driver-{number:02}" for number in range(12)]
    needs = [(), *((requires(name),) for name in names)]
    chain = [Driver(name, tier=tier, dependencies=need) for name, need in zip(names, needs, strict=False)]
    browser.open(drawn([*chain, Driver("late", tier="late")], [Tier(tier), Tier("late", after=(tier,))]), "show=all")
    screen = browser.page.evaluate(_PLACES)
    paper = _printed(browser)
    assert (paper["arrows"], paper["colour"]) == (True, "rgb(31, 35, 40)")
    assert paper["scale"] < 1
    for seen, printed in zip(screen["places"], paper["places"], strict=True):
        # letters of a smaller font are not as much narrower as the scale says
        assert [at * paper["scale"] for at in seen] == pytest.approx(printed, rel=0.03, abs=6)


def test_a_graph_that_is_larger_than_paper_is_printed_without_arrows(browser: Browser) -> None:
    browser.open(drawn(ladder(1000)[0]), "show=all")
    assert not _printed(browser)["arrows"]
