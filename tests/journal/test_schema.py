"""A journal of an earlier format is brought to this one in a step each, whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.journal.conftest import Stage
from tierdeps.journal import Journal
from tierdeps.journal.schema import APPLICATION_ID, FORMAT, MIGRATIONS, migrate

if TYPE_CHECKING:
    from pathlib import Path

#: What the first format has in it, as it was written then: the tables in one statement each, and their number.
FIRST = f"BEGIN; {MIGRATIONS[0]} PRAGMA user_version=1; COMMIT;"


def old(path: Path) -> Path:
    """Make a journal of the first format, with a run in it."""
    with Journal.open(path) as journal:
        stage = Stage(journal)
        stage.run(stage.plan(stage.driver("a"), stage.driver("b", "a")))
    rows = {}
    with closing(sqlite3.connect(path)) as made:
        for table in ("plans", "runs", "groups", "folds", "words"):
            rows[table] = made.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  names of ours
    path.unlink()
    with closing(sqlite3.connect(path)) as first:
        first.executescript(FIRST)
        for table, found in rows.items():
            for row in found:
                first.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
        first.commit()
    return path


def header(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        return version, application


@pytest.mark.parametrize("readonly", [False, True])
def test_the_runs_of_an_earlier_format_are_read(tmp_path: Path, readonly: bool) -> None:
    path = old(tmp_path / "journal.sqlite")
    assert header(path) == (1, 0)
    with Journal.open(path, readonly=readonly) as journal:
        (run,) = journal.runs()
        assert list(run.states()) == ["a", "b"]
        assert run.ending is not None
    assert header(path) == ((1, 0) if readonly else (FORMAT, APPLICATION_ID))


def test_to_read_one_leaves_no_file_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old(tmp_path / "journal.sqlite")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for _ in range(2):
        with Journal.open(path, readonly=True) as journal:
            assert len(journal.runs()) == 1
    assert list((tmp_path / "here").iterdir()) == []


def test_a_run_is_recorded_in_one(tmp_path: Path) -> None:
    path = old(tmp_path / "journal.sqlite")
    with Journal.open(path) as journal:
        stage = Stage(journal)
        stage.run(stage.plan(stage.driver("c")))
        assert len(journal.runs()) == 2


def test_there_is_a_step_from_each_format_to_the_next() -> None:
    assert list(MIGRATIONS) == list(range(FORMAT))


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE words (mine)")
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            migrate(connection, 0)
        connection.execute("ROLLBACK")
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("words",)]
    assert header(path) == (0, 0)
