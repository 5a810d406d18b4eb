"""The pages that the documentation shows live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.conftest import ROOT
from tests.docs.extension import load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.page.browser import Browser

SHOWN = re.findall(r"\.\./live/([\w.]+)(?:#([\w=&.-]*))?", (ROOT / "docs/howto/page.rst").read_text(encoding="utf-8"))


def test_the_documentation_shows_every_page_that_it_makes() -> None:
    assert {name for name, _ in SHOWN} == set(load("tierdeps_pages").PAGES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found: Path = load("tierdeps_pages").live_pages(ROOT / "docs", tmp_path_factory.mktemp("build"))
    return found


@pytest.mark.parametrize(("name", "address"), sorted(set(SHOWN)))
def test_a_page_of_the_documentation_works(browser: Browser, folder: Path, name: str, address: str) -> None:
    file = folder / "live" / name
    browser.show(file, address)
    assert browser.count(".driver") > 10
    assert "drivers, " in browser.texts("#summary")[0]
