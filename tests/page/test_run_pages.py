"""Pages of starts in a real browser: the chart, its slider, and two starts compared."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.page.documents import start
from tierdeps.analysis.timeline import compare as compare_starts
from tierdeps.page import comparison_document, run_document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.page.browser import Browser


HOST = """
[drivers.disk]
command = ["sh", "-c", "echo up; exec sleep 1000"]
ready = "log:^up"
settle = 0
[drivers.shop]
requires = ["disk"]
command = ["sh", "-c", "echo up; exec sleep 1000"]
ready = "log:^up"
settle = 0
"""


@pytest.fixture(name="recorded", scope="module")
def _recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Start two processes twice, and return the folder with the pages of the last start, and of both."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "host.toml").write_text(HOST, encoding="ascii")
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}

    def run(*arguments: str) -> None:
        command = (sys.executable, "-m", "tierdeps", *arguments, "host.toml")
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=120)

    for _ in range(2):
        run("start", "--once")
    run("timeline", "--output", "start.html")
    run("timeline", "--compare", "2", "--output", "both.html")
    return folder


@pytest.mark.parametrize("name", ["start.html", "both.html"])
def test_at_its_end_every_driver_of_a_recorded_start_is_ready(browser: Browser, recorded: Path, name: str) -> None:
    browser.show(recorded / name)
    assert [_state(browser, driver) for driver in ("disk", "shop")] == ["ready", "ready"]
    browser.page.locator("#at").focus()
    browser.page.keyboard.press("Home")
    assert browser.address == "at=0"
    assert _state(browser, "shop") != "ready"
    browser.page.keyboard.press("End")
    browser.settle()
    assert [_state(browser, driver) for driver in ("disk", "shop")] == ["ready", "ready"]


def test_the_state_of_a_driver_is_in_its_name_its_tooltip_and_the_legend(browser: Browser) -> None:
    document: dict[str, Any] = run_document(start())
    document["drivers"][0]["description"] = "the disk"
    browser.open(document, "at=0.3")
    states = {"disk": "starting", "net": "retried", "shop": "pending"}
    for name, state in states.items():
        assert browser.page.get_by_role("button", name=f"{name}, {state}", exact=True).count() == 1
    titles = [browser.page.locator(f'#bands .driver[data-id="{at}"]').get_attribute("title") for at in range(3)]
    assert titles == ["starting: the disk", "retried", "pending"]
    browser.page.evaluate("location.hash = ''")
    assert browser.count(".driver") == 3
    assert browser.page.get_by_role("button", name="shop, ready", exact=True).count() == 1
    explained = [text.partition(":")[0] for text in browser.texts("#legend li:has([data-state])")]
    assert explained == ["pending", "waiting", "starting", "retried", "ready"]


def test_the_times_of_the_axis_are_inside_of_the_chart_and_apart(browser: Browser) -> None:
    for width in (1280, 400):
        browser.page.set_viewport_size({"width": width, "height": 800})
        browser.open(run_document(start()))
        ticks: list[list[float]] = browser.page.evaluate(
            """() => [...document.querySelectorAll("#run .grid + .tick")].map((tick) => {
                const { left, right } = tick.getBoundingClientRect();
                return [left, right, document.querySelector("#run .chart").getBoundingClientRect().right];
            })"""
        )
        assert len(ticks) > 1
        assert all(right <= end for _, right, end in ticks)
        assert all(one[1] < other[0] for one, other in pairwise(ticks))


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
