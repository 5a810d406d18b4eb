"""Units are recognised by what is in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps import Source
from tierdeps_boot.systemd import IMPORTER

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["a.service", "multi-user.target.wants", "ssh.service.d", "a@.socket", "x.upholds"])
def test_a_folder_of_units_is_recognised(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert IMPORTER.recognises(Source("units", tmp_path)) is (name != "x.upholds")


@pytest.mark.parametrize("folder", ["etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"])
def test_the_root_of_an_image_is_recognised(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "a.service").touch()
    assert IMPORTER.recognises(Source("image", tmp_path))


def test_this_host_has_an_address() -> None:
    assert IMPORTER.recognises(Source("systemd:"))
    assert not IMPORTER.recognises(Source("systemd://x"))


def test_other_folders_and_files_are_not_recognised(tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    (tmp_path / ".service").touch()
    assert not IMPORTER.recognises(Source("folder", tmp_path))
    assert not IMPORTER.recognises(Source("missing", tmp_path / "missing"))
    assert not IMPORTER.recognises(Source("a.service", tmp_path / ".service", b"[Unit]"))
