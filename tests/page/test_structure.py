"""What pages show is as it was, on wide and on narrow screens. TIERDEPS_GOLDEN=write writes what they show now."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.page.documents import GRAPHS, checked, drawn, hostile, ladder, load, start, tangle
from tests.page.structure import structure
from tierdeps.page import run_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.page.browser import Browser

FOLDER = Path(__file__).parents[1] / "golden" / "page"
WIDTHS = (1280, 400)


def _checked(path: Path) -> dict[str, Any]:
    return checked(load(path).with_all_facts())


#: Each page by its name, with the address at which it is looked at.
PAGES: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    **{path.name: (partial(_checked, path), "show=all&finding=1") for path in GRAPHS},
    "chosen": (
        partial(_checked, next(path for path in GRAPHS if path.name == "libvirt-today.toml")),
        "driver=storage&why=remote",
    ),
    "tangle": (lambda: checked(tangle()), "finding=1"),
    "thousand": (lambda: drawn(*ladder(1000)), "show=all"),
    "folded": (lambda: drawn(*ladder(3000)), ""),
    "hostile": (lambda: checked(hostile()), "show=all&finding=1"),
    "run": (lambda: run_document(start()), ""),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_it_showed(browser: Browser, name: str) -> None:
    make, address = PAGES[name]
    browser.open(make(), address)
    found = "".join(f"{line}\n" for line in structure(browser, *WIDTHS))
    stored = FOLDER / f"{name}.txt"
    if os.environ.get("TIERDEPS_GOLDEN") == "write":
        stored.parent.mkdir(exist_ok=True)
        stored.write_text(found, encoding="utf-8")
    assert found == stored.read_text(encoding="utf-8"), f"read the difference, then: TIERDEPS_GOLDEN=write {__file__}"


def test_every_stored_page_is_one_that_is_looked_at() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PAGES)


def test_no_stored_page_has_drivers_that_overlap_or_is_too_wide_for_a_narrow_screen() -> None:
    for path in FOLDER.iterdir():
        wide, narrow = [line for line in path.read_text(encoding="utf-8").splitlines() if " px: " in line]
        assert wide == "1280 px: not wider than the window, details right of the graph, 0 drivers overlap", path
        assert narrow == "400 px: not wider than the window, details below the graph, 0 drivers overlap", path
