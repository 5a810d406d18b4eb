"""Whatever the address of a page says, the page is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.page.documents import drawn, start
from tierdeps import Driver
from tierdeps.model import Origin
from tierdeps.page import run_document

if TYPE_CHECKING:
    from tests.page.browser import Browser


@pytest.mark.parametrize(
    "address",
    [
        *("zoom=-3", "zoom=1e9", "zoom=x", "at=x", "at=-1", "at=1e99", "finding=x", "finding=-1", "finding=1e99"),
        *(
            "show=constructor",
            "show=__proto__",
            "flip=constructor",
            "flip=__proto__",
            "sort=constructor",
            "%ff",
            "fold",
        ),
        *("fix=cut", "fix=__proto__&finding=1", "driver=constructor", "tier=%00", "&&==&", "link=%"),
    ],
)
def test_any_address_shows_the_page(browser: Browser, address: str) -> None:
    browser.open(run_document(start()), address)
    assert browser.count("#run .bar") == 4
    assert browser.width("#run .chart") < 60_000
    assert browser.texts("#moment")[0] in {"1.500 s", "0 s"}
    assert browser.page.locator("#show").input_value() == "both"


def test_what_an_address_does_not_say_is_not_in_the_next_one(browser: Browser) -> None:
    browser.open(run_document(start()), "finding=x&zoom=-1&at=x&show=constructor&driver=nope")
    assert browser.texts("#detail .warning") == ["This page has no driver nope."]
    browser.page.locator("#bands .driver", has_text="net").click()
    assert browser.address == "driver=net"


def test_halves_of_surrogate_pairs_break_neither_links_nor_facts(browser: Browser) -> None:
    origin = Origin("a\udcff \\ud800.toml", 3)
    drivers = (Driver("a", when="\ud800", origin=origin), Driver("b \U0001f680"))
    browser.open(drawn(drivers), "driver=a&link=https://x.example/%7Bfile%7D")
    href = browser.page.locator("#detail a").get_attribute("href")
    assert href == "https://x.example/a%EF%BF%BD%20%5Cud800.toml"
    browser.page.get_by_role("switch").click()
    assert browser.texts(".driver.absent bdi") == ["a"]
    assert "b \U0001f680" in browser.texts(".driver bdi")
