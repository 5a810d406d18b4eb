"""Importers are asked for every GRAPH: none of them raises, and no two take the same one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from foreign import write

from tierdeps import Source
from tierdeps_boot import tierdeps_importers

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Importer

IMPORTERS = {importer.name: importer for importer in tierdeps_importers()}
KINDS: dict[str, tuple[str, str]] = {
    "compose": ("compose.yaml", "services: {a: {}}"),
    "process-compose": ("process-compose.yaml", "processes: {a: {}}"),
    "procfile": ("Procfile", "a: b"),
    "dinit": ("a", "type = process\ncommand = b\n"),
    "s6-rc": ("a/type", "oneshot\n"),
    "lsb": ("a", "#!/bin/sh\n### BEGIN INIT INFO\n"),
    "openrc": ("a", "#!/sbin/openrc-run\n"),
    "systemd": ("a.service", "[Service]\nExecStart=/bin/a\n"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_of_one_kind(tmp_path: Path, kind: str) -> None:
    name, text = KINDS[kind]
    source = Source("x", write(tmp_path, {name: text}))
    assert [importer.name for importer in IMPORTERS.values() if importer.recognises(source)] == [kind]


@pytest.mark.parametrize("importer", IMPORTERS.values(), ids=list(IMPORTERS))
def test_what_is_no_file_is_not_recognised(tmp_path: Path, importer: Importer) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "compose.yaml").mkdir()
    (tmp_path / "type").mkdir()
    for path in (tmp_path, tmp_path / "closed", tmp_path / "circle", tmp_path / "missing", tmp_path / "a\0b"):
        assert not importer.recognises(Source("x", path))
    for data in (b"", b"\xff\xfe", b"[drivers.a]", b'{"name": "a"}'):
        assert not importer.recognises(Source("x", tmp_path / "x.toml", data))
        assert not importer.recognises(Source("-", None, data))


@pytest.mark.parametrize("kind", KINDS)
def test_links_that_lead_in_a_circle_or_nowhere_do_not_hide_what_is_beside_them(tmp_path: Path, kind: str) -> None:
    name, text = KINDS[kind]
    folder = write(tmp_path, {name: text})
    for number in range(20):  # a folder is listed in any order
        (folder / f"circle{number}").symlink_to(f"circle{number}")
        (folder / f"nowhere{number}").symlink_to(f"missing{number}")
    assert IMPORTERS[kind].recognises(Source("x", folder))


def test_what_cannot_be_read_fails_the_check_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, {"compose.yaml": "services:\n  a: {depends_on: [b]}\n  b: 7\n"})
    command = [sys.executable, "-m", "tierdeps", "check", "compose.yaml", "--only", "tierdeps-boot"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "error[BT101] expected a table for the service 'b', got '7'" in done.stdout
    assert "      declared in compose.yaml:3\n      3 | b: 7\n" in done.stdout
    assert done.stderr == ""
