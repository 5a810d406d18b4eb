"""Every problem with the file is one sentence that says what to do next."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.obstacles import IN_PLACE_OF_A_FILE, IN_PLACE_OF_A_FOLDER, Obstacle, each
from tierdeps.journal import Journal, JournalError, journal_path
from tierdeps.journal.schema import FORMAT

if TYPE_CHECKING:
    from collections.abc import Callable


def test_is_below_the_state_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert journal_path() == Path("/state/tierdeps/journal.sqlite")
    for nothing in ("", "not/absolute"):
        monkeypatch.setenv("XDG_STATE_HOME", nothing)
        assert journal_path() == Path("/home/me/.local/state/tierdeps/journal.sqlite")


def test_makes_a_folder_that_only_its_owner_may_enter(tmp_path: Path) -> None:
    path = tmp_path / "tierdeps" / "journal.sqlite"
    Journal.open(path).close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_all_files_are_their_owners_alone_whatever_they_were(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    before = os.umask(0)
    try:
        with Journal.open(path) as journal:
            journal._connection.execute("CREATE TABLE more (x)")
            assert modes(tmp_path) == dict.fromkeys([f"journal.sqlite{end}" for end in ("", "-shm", "-wal")], 0o600)
            for file in tmp_path.iterdir():
                file.chmod(0o644)
            Journal.open(path).close()
            assert set(modes(tmp_path).values()) == {0o600}
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in sorted(folder.iterdir())}


def test_its_own_folder_is_closed_to_others_and_one_that_was_chosen_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folders = [tmp_path / "tierdeps", tmp_path / "chosen"]
    for folder in folders:
        folder.mkdir()
        folder.chmod(0o755)
        Journal.open(folder / "journal.sqlite").close()
    assert modes(tmp_path) == {"chosen": 0o755, "tierdeps": 0o700}


def test_a_missing_file_is_read_as_an_empty_one_and_not_created(tmp_path: Path) -> None:
    path = tmp_path / "tierdeps" / "journal.sqlite"
    with Journal.open(path, readonly=True) as journal:
        assert journal.last() is None
        assert journal.instances() == journal.alive() == ()
    assert not path.parent.exists()


@pytest.mark.parametrize("readonly", [False, True])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"no database at all, but long enough to be taken for one" * 30)
    with pytest.raises(JournalError, match=r"is damaged .*; the next start renames it and creates a new one"):
        Journal.open(path, readonly=readonly)


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            f"PRAGMA user_version={FORMAT + 1}",
            f"{FORMAT + 1} and not {FORMAT}; install a newer tierdeps, or set XDG_STATE_HOME to another folder$",
        ),
        ("CREATE TABLE mine (x)", "is not a journal of tierdeps; the next start renames it"),
    ],
)
def test_a_database_of_another_kind_is_refused(tmp_path: Path, readonly: bool, statement: str, message: str) -> None:
    path = tmp_path / "journal.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.close()
    with pytest.raises(JournalError, match=message):
        Journal.open(path, readonly=readonly)


def test_a_path_at_which_no_file_can_be_created_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be opened: not a directory"):
        Journal.open(tmp_path / "file" / "tierdeps" / "journal.sqlite")
    (tmp_path / "folder").mkdir()
    with pytest.raises(JournalError, match=r"is a folder, not a regular file, .*; move it away$"):
        Journal.open(tmp_path / "folder")


def test_a_file_without_tables_yet_is_an_empty_journal(tmp_path: Path) -> None:
    """As it is for a moment while the very first run starts."""
    path = tmp_path / "journal.sqlite"
    path.touch()
    with Journal.open(path, readonly=True) as journal:
        assert journal.runs() == ()
        assert journal.alive() == ()


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
@pytest.mark.parametrize("chosen", [False, True])
@each(IN_PLACE_OF_A_FILE)
def test_what_is_no_file_of_ours_is_neither_used_nor_changed(
    readonly: bool, end: str, chosen: bool, kind: str, make: Callable[[Path], None]
) -> None:
    path = journal_path().parent.with_name("chosen") / "journal.sqlite" if chosen else journal_path()
    if end:
        Journal.open(path).close()
        path.with_name(path.name + end).unlink(missing_ok=True)
    obstacle = Obstacle(path.with_name(path.name + end), kind, make)
    with pytest.raises(JournalError) as refused:
        Journal.open(path, readonly=readonly)
    assert f"the journal {path} cannot be opened: {obstacle.path} {obstacle.words}" in str(refused.value)
    assert obstacle.is_untouched()


@pytest.mark.parametrize("readonly", [False, True])
@each(IN_PLACE_OF_A_FOLDER)
def test_a_folder_that_is_not_ours_is_neither_used_nor_changed(
    readonly: bool, kind: str, make: Callable[[Path], None]
) -> None:
    obstacle = Obstacle(journal_path().parent, kind, make)
    with pytest.raises(JournalError) as refused:
        Journal.open(readonly=readonly)
    assert f"cannot be opened: {obstacle.path} {obstacle.words}" in str(refused.value)
    assert obstacle.is_untouched()
