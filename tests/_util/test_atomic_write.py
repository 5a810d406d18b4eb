"""Files are written whole or not at all; what is no regular file is written to in place."""

from __future__ import annotations

import os
import stat
from threading import Thread
from typing import TYPE_CHECKING, cast

import pytest

from tierdeps._util.atomic_write import write_whole

if TYPE_CHECKING:
    from pathlib import Path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_the_permissions_of_a_file_stay(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(mode)
    write_whole(str(path), "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert names(tmp_path) == ["file"]


def test_a_new_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_whole(str(tmp_path / "file"), "new")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_reader_of_the_old_file_keeps_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with path.open() as reader:
        write_whole(str(path), "new")
        assert reader.read() == "old"


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, *, there: bool) -> None:
    if there:
        (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    write_whole(str(tmp_path / "link"), "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_a_hard_link_to_the_old_file_keeps_the_old_content(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "other").hardlink_to(tmp_path / "file")
    write_whole(str(tmp_path / "file"), "new")
    assert (tmp_path / "other").read_text() == "old"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    found: list[str] = []
    reader = Thread(target=lambda: found.append(path.read_text()))
    reader.start()
    write_whole(str(path), "new")
    reader.join()
    assert found == ["new"]
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("there", [True, False])
def test_a_failed_write_leaves_what_was_there_and_nothing_more(tmp_path: Path, *, there: bool) -> None:
    path = tmp_path / "file"
    if there:
        path.write_text("old")
    with pytest.raises(TypeError):
        write_whole(str(path), cast("str", None))
    assert names(tmp_path) == (["file"] if there else [])
    assert not there or path.read_text() == "old"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_whole(str(tmp_path), "new")


def test_what_is_no_unicode_is_escaped(tmp_path: Path) -> None:
    write_whole(str(tmp_path / "file"), "a\udcffb")
    assert (tmp_path / "file").read_text() == "a\\udcffb"
