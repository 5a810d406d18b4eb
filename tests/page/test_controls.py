"""The search, the keys and the legend of pages in a real browser, and what the colours of lines mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.page.documents import TODAY, checked, drawn, ladder, load, tangle
from tierdeps import DependencyGraph, Driver, conflicts, requires, wants
from tierdeps.analysis.diff import compare, take_snapshot
from tierdeps.page import difference_document

if TYPE_CHECKING:
    from tests.page.browser import Browser


def _focused(browser: Browser) -> str:
    browser.settle()
    return str(browser.page.evaluate("document.activeElement.querySelector('bdi')?.textContent ?? ''"))


def test_after_a_search_the_keys_are_for_the_driver_that_was_found(browser: Browser) -> None:
    document = checked(load(TODAY).with_all_facts())
    for address in ("", "driver=storage", "fold=core"):
        browser.open(document, address)
        browser.page.keyboard.press("/")
        browser.page.keyboard.type("storage")
        browser.page.keyboard.press("Enter")
        assert _focused(browser) == "storage"
        browser.page.keyboard.press("n")
        assert "show=needs" in browser.address
        assert browser.page.locator("#search").input_value() == ""
        browser.page.keyboard.press("ArrowLeft")
        assert _focused(browser) not in {"", "storage"}
    browser.open(document)
    browser.page.locator("#search").fill("storage")
    browser.page.locator("#results li").first.click()
    assert _focused(browser) == "storage"


def test_arrows_lead_from_the_page_to_the_chosen_driver_or_the_first_one(browser: Browser) -> None:
    document = checked(load(TODAY).with_all_facts())
    browser.open(document)
    browser.page.keyboard.press("ArrowDown")
    first = _focused(browser)
    assert first == browser.texts("#bands .driver bdi")[0]
    browser.page.keyboard.press("ArrowDown")
    assert _focused(browser) not in {"", first}
    browser.open(document, "driver=storage")
    browser.page.keyboard.press("ArrowLeft")
    assert _focused(browser) == "storage"
    browser.page.locator("#deep").focus()
    browser.page.keyboard.press("ArrowDown")
    assert _focused(browser) == ""


def test_a_search_that_finds_nothing_says_so(browser: Browser) -> None:
    browser.open(drawn([Driver("a"), Driver("b")]))
    message = browser.page.get_by_role("status").filter(has_text="No driver is named like")
    browser.page.locator("#search").fill("x\u202e")
    assert message.inner_text() == "No driver is named like x\\u202e."
    browser.page.locator("#search").fill("a")
    assert message.count() == 0
    browser.page.locator("#search").fill("x")
    browser.page.locator("#search").blur()
    assert message.count() == 0


def test_the_legend_has_what_the_page_can_have(browser: Browser) -> None:
    browser.open(drawn([Driver("a")]))
    assert browser.texts("#legend li") == []
    chosen = ["what the chosen driver needs", "what depends on the chosen driver", "the path between two drivers"]
    browser.open(drawn([Driver("a"), Driver("b", dependencies=(requires("a", when="f"), wants("a")))]))
    assert browser.texts("#legend li") == ["requires", "wants", "under a fact", *chosen]
    browser.open(checked(tangle()))
    findings = ["on a cycle, or on a later tier", "the chosen finding", "proposed cut", "removed by the fix"]
    assert browser.texts("#legend li") == ["requires", *chosen, *findings]
    old, new = (DependencyGraph((Driver("a"), Driver("b", dependencies=needs))) for needs in ((), (requires("a"),)))
    browser.open(difference_document(compare(take_snapshot("old", old), take_snapshot("new", new))))
    assert browser.texts("#legend li") == ["requires", *chosen, "new", "moved"]


def test_lines_of_one_colour_mean_one_thing(browser: Browser) -> None:
    needing = (Driver("b", dependencies=(requires("a"), conflicts("d"))), Driver("e", dependencies=(requires("b"),)))
    drivers = (Driver("a"), *needing, Driver("d"))
    more = Driver("c", dependencies=(requires("b"),))
    old, new = DependencyGraph((*drivers, Driver("c"))), DependencyGraph((*drivers, more))
    colours: dict[str, set[str]] = {}
    for one, other in ((old, new), (new, old)):
        document = difference_document(compare(take_snapshot("old", one), take_snapshot("new", other)))
        for address in ("", "driver=b", "show=all"):
            browser.open(document, address)
            seen: list[tuple[str, str]] = browser.page.evaluate(
                "[...document.querySelectorAll('#edges path')].map((one) =>"
                " [one.getAttribute('class'), getComputedStyle(one).stroke])"
            )
            for classes, colour in seen:
                marks = {"added", "removed", "conflicts"} & set(classes.split())
                meaning = marks or {"needs", "dependents"} & set(classes.split())
                colours.setdefault(colour, set()).add(" ".join(sorted(meaning)))
    names = ["", "added", "conflicts", "dependents", "needs", "removed"]
    assert sorted(colours.values(), key=str) == [{name} for name in names]


def test_no_arrow_crosses_the_text_of_a_collapsed_tier(browser: Browser) -> None:
    browser.open(drawn(*ladder(3000)), "show=all")
    crossed = browser.page.evaluate(
        """() => [...document.querySelectorAll("#edges path:not(.head)")].some((path) => {
            const origin = document.getElementById("bands").getBoundingClientRect();
            const texts = [...document.querySelectorAll(".folded .count")].map((one) => one.getBoundingClientRect());
            for (let at = 0; at < path.getTotalLength(); at += 2) {
                const { x, y } = path.getPointAtLength(at);
                const [left, top] = [x + origin.left, y + origin.top];
                if (texts.some((box) => left > box.left && left < box.right && top > box.top && top < box.bottom)) {
                    return true;
                }
            }
            return false;
        })"""
    )
    assert browser.edges() > 4
    assert not crossed
