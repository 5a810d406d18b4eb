"""Pages of starts in a real browser: the chart, its slider, and two starts compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.page.documents import start
from tierdeps.analysis.timeline import compare as compare_starts
from tierdeps.page import comparison_document, run_document

if TYPE_CHECKING:
    from tests.page.browser import Browser


def _state(browser: Browser, name: str) -> str | None:
    button = browser.page.locator("#bands .driver", has_text=name)
    return None if button.count() != 1 else button.get_attribute("data-state")


def test_a_start_is_a_chart_and_its_slider_replays_it_on_the_graph(browser: Browser) -> None:
    browser.open(run_document(start()))
    assert browser.count("#run .bar") == 4
    assert browser.count("#run .bar.critical") == 2
    assert browser.texts("#run .names div") == ["disk", "net", "shop"]
    assert "at most 2 at once" in (browser.page.locator("#run .chart").text_content() or "")
    found = []
    for moment in ("0.1", "0.3", "0.6", "1.2", "1.5"):
        browser.page.evaluate("moment => { location.hash = 'at=' + moment; }", moment)
        browser.settle()
        found.append(tuple(_state(browser, name) for name in ("disk", "net", "shop")))
    assert found == [
        ("starting", "starting", "pending"),
        ("starting", "retried", "pending"),
        ("starting", "starting", "pending"),
        ("ready", "ready", "starting"),
        ("ready", "ready", "ready"),
    ]
    tips = browser.page.locator("#run .bar title").all_text_contents()
    assert (
        "net:start done, 0.500 s to 0.750 s (0.250 s); waited for another attempt (net:start), then 0.250 s idle"
        in tips
    )


def test_the_slider_is_moved_by_keys_and_the_chart_is_zoomed(browser: Browser) -> None:
    browser.open(run_document(start()))
    browser.page.locator("#at").focus()
    browser.page.keyboard.press("Home")
    assert browser.address == "at=0"
    assert _state(browser, "disk") == "starting"
    wide = browser.width("#run .chart")
    browser.page.get_by_role("button", name="Zoom in").click()
    browser.settle()
    assert browser.width("#run .chart") == 2 * wide
    assert browser.address == "at=0&zoom=2"


def test_the_steps_of_a_start_can_be_sorted(browser: Browser) -> None:
    browser.open(run_document(start()))
    rows = "#steps tbody tr td:first-child"
    browser.page.get_by_role("button", name="took").click()
    assert browser.texts(rows)[-1] == "disk"
    browser.page.get_by_role("button", name="took").click()
    assert browser.texts(rows)[0] == "disk"
    assert browser.texts("#steps th[aria-sort=descending]") == ["took"]


def test_two_starts_are_compared(browser: Browser) -> None:
    browser.open(comparison_document(compare_starts(start(2.0), start())), "sort=-difference")
    assert browser.count("#run .chart") == 2
    assert browser.count("#run .bar.critical") == 4
    assert browser.texts("#steps tbody tr:last-child td")[-2:] == ["2.000 s", "-1.000 s"]


def test_an_attempt_is_compared_with_the_same_attempt_of_the_other_start(browser: Browser) -> None:
    now, before = start(), start()
    document: dict[str, Any] = comparison_document(compare_starts(now, before))
    document["runs"][1]["bars"] = [bar for bar in document["runs"][1]["bars"] if bar["driver"] != 0]
    browser.open(document)
    rows = [row.split("\t") for row in browser.texts("#steps tbody tr")]
    assert {(row[0], row[-1]) for row in rows} == {("disk", ""), ("net", "0 s"), ("shop", "0 s")}


def test_a_long_start_is_drawn(browser: Browser) -> None:
    document: dict[str, Any] = run_document(start())
    bar = document["runs"][0]["bars"][0]
    document["runs"][0]["bars"] = [{**bar, "began": at / 1e5, "ended": at / 1e5} for at in range(130_000)]
    document["runs"][0]["drivers"] = {}
    browser.open(document)
    assert browser.texts("#steps .warning") == ["and 129500 more"]
