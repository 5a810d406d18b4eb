"""A damaged journal is quarantined with its companions, under an unused name."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import pytest

from tierdeps.journal import JournalError
from tierdeps.journal import quarantine as module
from tierdeps.journal.quarantine import file_id, quarantine

if TYPE_CHECKING:
    from pathlib import Path

ENDS = ("", "-wal", "-shm")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return lay(tmp_path / "journal.sqlite")


def lay(path: Path, text: str = "") -> Path:
    for end in ENDS:
        path.with_name(path.name + end).write_text(text or end)
    return path


def test_a_file_is_moved_with_its_companions(path: Path) -> None:
    target = quarantine(path, file_id(path))
    assert target == path.with_name("journal.sqlite.damaged-1")
    assert sorted(found.name for found in path.parent.iterdir()) == sorted(target.name + end for end in ENDS)
    assert [target.with_name(target.name + end).read_text() for end in ENDS] == [*ENDS]


def test_no_earlier_file_is_overwritten(path: Path) -> None:
    path.with_name("journal.sqlite.damaged-2-wal").write_text("old")
    path.with_name("journal.sqlite.damaged-3").symlink_to("nowhere")
    names = []
    for _ in range(3):
        found = quarantine(lay(path), file_id(path))
        assert found is not None
        names.append(found.name.rpartition("-")[2])
    assert names == ["1", "4", "5"]
    assert path.with_name("journal.sqlite.damaged-2-wal").read_text() == "old"


def test_a_file_that_another_process_quarantined_is_not_replaced_again(path: Path) -> None:
    seen = file_id(path)
    path.rename(path.with_name("journal.sqlite.damaged-1"))
    lay(path, "a new one")
    assert quarantine(path, seen) is None
    assert path.read_text() == "a new one"


def test_a_file_that_cannot_be_moved_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_TIMEOUT_S", 0.0)
    handle = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(JournalError) as caught:
            quarantine(path, file_id(path))
    finally:
        os.close(handle)
    wrong = "is damaged, and cannot be set aside: resource temporarily unavailable; move it away"
    assert str(caught.value) == f"the journal {path} {wrong}"
    assert path.exists()


def test_a_missing_file_has_no_id(tmp_path: Path) -> None:
    assert file_id(tmp_path / "journal.sqlite") is None
