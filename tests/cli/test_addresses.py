"""A GRAPH may be an address, for an importer that knows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Ask


def test_an_address_that_no_importer_knows_is_reported(ask: Ask) -> None:
    answer = ask("order", "nobody://knows/this")
    assert answer.code == 2
    assert answer.err.startswith("error: nobody://knows/this: no importer reads this kind of address; available: ")


def test_a_file_that_is_called_like_an_address_is_a_file(ask: Ask) -> None:
    Path("file:").mkdir()
    Path("file:/graph.json").write_text('{"drivers": {"a": {}}}')
    assert ask("order", "file://graph.json", "-q").code == 0


def test_what_is_neither_is_a_file_that_is_not_there(ask: Ask) -> None:
    assert ask("order", "C:/graph.json").err == "error: C:/graph.json: no such file or directory\n"
