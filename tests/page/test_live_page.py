"""The page of ``tierdeps serve`` in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.page.documents import HOSTILE, drawn, start
from tests.serve.running import QUICK, Running, driver, running, state
from tierdeps import Driver, requires
from tierdeps._util.frozen import replace
from tierdeps.page import run_document
from tierdeps.serve.live import NO_RUN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.page.browser import Browser

PATIENT = replace(QUICK, request_s=20, reader_s=20, max_streams=20)


@pytest.fixture
def server() -> Iterator[Running]:
    with running(control=True, limits=PATIENT) as found:
        found.source.document = {
            **drawn([Driver("a"), Driver("b", dependencies=(requires("a"),))]),
            "kind": "live",
            "title": "shop.toml",
            "findings": [],
        }
        yield found


@pytest.fixture
def problems() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, server: Running, problems: list[str]) -> Iterator[Page]:
    """Return a tab in which all messages, and all requests to others, are problems."""
    chromium = browser.page.context.browser
    assert chromium is not None
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    tab.set_default_timeout(20_000)
    tab.on("console", lambda message: problems.append(message.text))
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("request", lambda request: check(request.url))

    def check(url: str) -> None:
        if not url.startswith(server.access.origins[0]):
            problems.append(url)

    yield tab
    context.close()


@pytest.fixture
def opened(page: Page, server: Running, problems: list[str]) -> Iterator[Callable[[str], Page]]:
    """Open the page at an address; at the end there must have been no problem."""

    def opens(more: str = "") -> Page:
        page.goto(f"{server.access.address}{more}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield opens
    assert problems == []


STATES = "signs => signs.map((sign) => sign.dataset.state)"


def says(page: Page, text: str) -> None:
    page.locator("#live", has_text=text).wait_for()


def test_the_token_leaves_the_address_and_the_rest_of_it_stays(opened: Callable[[str], Page], server: Running) -> None:
    page = opened("&driver=b")
    says(page, "Running, process 7")
    assert page.url == f"{server.access.origins[0]}/#driver=b"
    assert page.title() == "shop.toml"
    page.reload()
    says(page, "Running")
    assert page.context.cookies() == []


def test_states_follow_the_instance(opened: Callable[[str], Page], server: Running) -> None:
    server.source.now = NO_RUN
    page = opened("")
    says(page, "No instance of this graph has been started yet")
    assert page.locator(".driver[data-state]").count() == 0
    server.source.now = replace(state(), drivers={"a": driver("a", "starting"), "b": driver("b", "pending")})
    page.locator('.driver[data-state="starting"]', has_text="a").wait_for()
    server.source.now = replace(
        state(), drivers={"a": driver("a"), "b": driver("b", "failed")}, run={**state().run, "failed": True}
    )
    says(page, "Failing, process 7")
    assert page.locator('.driver[data-state="failed"]').all_inner_texts() == ["b"]
    assert page.get_by_role("button", name="b, failed", exact=True).get_attribute("title") == "failed"
    assert {"starting", "ready", "failed"} <= set(page.locator("#legend [data-state]").evaluate_all(STATES))
    server.source.now = replace(state(), run={**state().run, "alive": False, "ended_at": "2026-01-02T04:04:05.000Z"})
    says(page, "Not running: it ended at")
    page.locator("#search").fill("b")
    server.source.now = replace(state(("a", "b"), pid=8), plan="2 y")
    says(page, "Running, process 8")
    # the graph is the same, so the page was not loaded again
    assert page.locator("#search").input_value() == "b"


def test_another_graph_is_shown_when_the_plan_has_changed(opened: Callable[[str], Page], server: Running) -> None:
    page = opened("&driver=b")
    says(page, "Running, process 7")
    server.source.document = {**server.source.document, **drawn([Driver("b"), Driver("new")]), "kind": "live"}
    server.source.now = replace(state(("b", "new"), pid=7), plan="1 z")
    page.locator('.driver[data-state="ready"]', has_text="new").wait_for()
    assert page.url.endswith("/#driver=b")


def test_what_the_chosen_driver_waits_for_is_beside_the_graph(opened: Callable[[str], Page], server: Running) -> None:
    waiting = {
        **driver("b", "pending"),
        "doing": "waits",
        "step": "b:start",
        "waits_for": ["a:start"],
        "deadline_in": 60,
    }
    server.source.now = replace(state(), drivers={"a": driver("a", "starting"), "b": waiting})
    page = opened("&driver=b")
    page.locator('#now [data-row="doing"]', has_text="b:start waits for a:start").wait_for()
    assert "at most" in page.locator('#now [data-row="for"]').inner_text()


def test_the_log_of_the_chosen_driver_is_shown_on_request(opened: Callable[[str], Page], server: Running) -> None:
    server.source.logs["a"] = ["one", "<b>two</b>\u202e"]
    page = opened("&driver=a")
    page.get_by_role("button", name="Show log").click()
    page.locator("#log", has_text="<b>two</b>\\u202e").wait_for()
    assert page.url.endswith("#driver=a&log=1")
    page.get_by_role("button", name="Hide log").click()
    assert page.locator("#log").count() == 0


def test_a_restart_is_confirmed_first(opened: Callable[[str], Page], server: Running) -> None:
    page = opened("&driver=a")
    page.get_by_role("button", name="Restart", exact=True).click()
    page.get_by_role("button", name="Do not restart").click()
    page.get_by_role("button", name="Restart", exact=True).click()
    assert server.source.restarted == []
    page.get_by_role("button", name="Restart it now").click()
    page.locator(".outcome", has_text="Restarted.").wait_for()
    assert page.locator(".outcome div").all_inner_texts() == ["a is ready", "Restarted."]
    assert server.source.restarted == ["a"]


def test_the_chart_of_the_start_has_the_drivers_of_the_page(opened: Callable[[str], Page], server: Running) -> None:
    server.source.document = {
        **drawn([Driver("x"), Driver("net"), Driver("disk")]),
        "kind": "live",
        "title": "shop.toml",
        "findings": [],
    }
    server.source.chart = run_document(start())
    page = opened("")
    page.locator("#run .bar").first.wait_for()
    assert page.locator("#run .names div").all_inner_texts() == ["disk", "net"] or page.locator(
        "#run .names div"
    ).all_inner_texts() == ["net", "disk"]
    assert page.locator("#run .bar").count() == 3
    rows = [row.split("\t") for row in page.locator("#steps tbody tr").all_inner_texts()]
    assert ["net", "start", "0.500 s", "0.250 s", "another attempt (net:start), then 0.250 s idle", "done"] in rows


def test_hostile_names_are_text(opened: Callable[[str], Page], server: Running) -> None:
    graph: Any = {**drawn([Driver(name) for name in HOSTILE]), "kind": "live", "title": HOSTILE[0], "findings": []}
    server.source.document = graph
    server.source.now = replace(state(), drivers={name: driver(name, reason=HOSTILE[1]) for name in HOSTILE})
    page = opened("")
    says(page, "Running")
    assert page.locator("#title").inner_text() == HOSTILE[0]
    assert page.locator(".driver[data-state]").count() == len(HOSTILE)
    assert page.locator("main img, main script, #side script").count() == 0


def test_without_the_token_the_page_says_what_to_do(page: Page, server: Running) -> None:
    page.goto(server.access.origins[0])
    says(page, "This page has no access: open the address that tierdeps serve has printed.")
    assert page.locator(".driver").count() == 0
    page.evaluate("address => { location.href = address; }", server.access.address)
    says(page, "Running")


def test_the_end_of_the_server_is_shown_and_its_return_too(page: Page, server: Running) -> None:
    page.goto(server.access.address)
    says(page, "Running, process 7")
    server.server.stop()
    says(page, "trying again. What is shown may be out of date.")
    assert page.locator("html.stale").count() == 1
    with running(limits=PATIENT, port=server.access.port) as again:
        again.source.document = server.source.document
        again.source.now = state(pid=9, plan="1 x")
        says(page, "Running, process 9")
        assert page.locator("html.stale").count() == 0
