"""A real browser for the tests of pages; they are skipped where there is none."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.page.browser import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    # of the module: while it is open, an event loop runs in this thread
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(20_000)
        yield Browser(page, tmp_path_factory.mktemp("page"))
        browser.close()


@pytest.fixture
def browser(tab: Browser) -> Iterator[Browser]:
    tab.problems.clear()
    tab.page.set_viewport_size({"width": 1280, "height": 800})
    yield tab
    assert tab.problems == []
