"""Procfiles: each line is a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from foreign import found, pieces, read, write
from hypothesis import given, settings

from tierdeps import Source
from tierdeps_boot.procfile import IMPORTER

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "# words\nweb: bundle exec puma -p $PORT\n\n  worker-1:   run: it  \nrelease: migrate\n"


@pytest.mark.parametrize("name", ["Procfile", "Procfile.dev", "dev.procfile"])
def test_each_line_is_a_process(tmp_path: Path, name: str) -> None:
    declarations = read(IMPORTER, write(tmp_path, {name: TEXT}) / name)
    drivers = {driver.name: driver for driver in declarations.drivers}
    commands = {name: driver.process and driver.process.command[-1] for name, driver in drivers.items()}
    assert commands == {"web": "bundle exec puma -p $PORT", "worker-1": "run: it", "release": "migrate"}
    assert [driver.origin.line for driver in declarations.drivers] == [2, 4, 5]
    release = drivers["release"].process
    assert release is not None
    assert release.ready == "exit"


def test_a_folder_has_one(tmp_path: Path) -> None:
    assert not IMPORTER.recognises(Source("x", tmp_path))
    assert not IMPORTER.recognises(Source("x", tmp_path / "Makefile", b"a: b"))
    assert len(read(IMPORTER, write(tmp_path, {"Procfile": TEXT})).drivers) == 3


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("words", "expected NAME: COMMAND"),
        ("web:", "expected NAME: COMMAND"),
        ("a b: c", "expected NAME: COMMAND"),
        ("ok: again", "expected each name once, got 'ok' again"),
        ("x: \0", "command of a process: expected text without null bytes, got ('/bin/sh', '-c', '\\x00')"),
    ],
)
def test_a_line_that_is_no_process_is_a_finding(tmp_path: Path, line: str, problem: str) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"Procfile": f"ok: run\n{line}\n"}))
    assert [driver.name for driver in declarations.drivers] == ["ok"]
    assert found(declarations, tmp_path) == [f"BT101 Procfile:2: {problem}"]


@settings(max_examples=40)
@given(pieces("web : # run release \0", "\n", " ", ": "))
def test_any_text_is_read(text: str) -> None:
    data = f"ok: run\n{text}".encode()
    assert IMPORTER.read(Source("Procfile", None, data)).drivers[0].name == "ok"
