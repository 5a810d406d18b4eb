"""A journal of an earlier format is brought to this one in a step each, whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.journal.conftest import GONE, Stage
from tierdeps.journal import Journal, RunInfo
from tierdeps.journal.schema import APPLICATION_ID, FORMAT, MIGRATIONS, migrate
from tierdeps.model import Event, State

if TYPE_CHECKING:
    from pathlib import Path

#: The tables of each format, in the order of the current ones: their columns have kept their order.
TABLES = ("plans", "runs", "event_batches", "compactions", "strings")
FIRST_TABLES = ("plans", "runs", "groups", "folds", "words")
EARLIER = range(1, FORMAT)


def old(path: Path, version: int) -> Path:
    """Make a journal of an earlier format, with a run in it that has something in each table."""
    with Journal.open(path) as journal:
        stage = Stage(journal)
        plan = stage.plan(stage.driver("a"), stage.driver("b", "a"))
        recorder = journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan)
        recorder.writer.compact_after = 1
        recorder.event(Event(1.0, "a", State.READY))
        recorder.event(Event(2.0, "reloaded", State.FAILED, reason="why"))
        assert recorder.sync()
    with closing(sqlite3.connect(path)) as made:
        rows = [made.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES]  # noqa: S608  names of ours
    assert all(rows)
    path.unlink()
    with closing(sqlite3.connect(path)) as first:
        first.executescript(";".join(MIGRATIONS[step] for step in range(version)))
        first.execute(f"PRAGMA user_version={version}")
        for table, found in zip(FIRST_TABLES, rows, strict=True):
            marks = ", ".join("?" * len(found[0]))
            first.executemany(f"INSERT INTO {table} VALUES ({marks})", found)  # noqa: S608  names of ours
        first.commit()
    return path


def header(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        return version, application


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize("version", EARLIER)
def test_the_runs_of_an_earlier_format_are_read(tmp_path: Path, version: int, readonly: bool) -> None:
    path = old(tmp_path / "journal.sqlite", version)
    before = header(path)
    assert before[0] == version
    with Journal.open(path, readonly=readonly) as journal:
        (run,) = journal.runs()
        assert {name: driver.state for name, driver in run.states().items()} == {
            "a": State.READY,
            "b": State.PENDING,
            "reloaded": State.FAILED,
        }
        assert [need.step.driver for need in run.plan_summary.needs("b", "start")] == ["a"]
        assert [event.reason for event in run.events()] == ["", "why"]
        assert journal.unfinished() == (run.number,)
    assert header(path) == (before if readonly else (FORMAT, APPLICATION_ID))


def test_a_migrated_file_has_the_tables_and_indexes_of_a_new_one(tmp_path: Path) -> None:
    schemas = []
    for path in (tmp_path / "new.sqlite", *(old(tmp_path / f"{version}.sqlite", version) for version in EARLIER)):
        Journal.open(path).close()
        with closing(sqlite3.connect(path)) as connection:
            schemas.append(sorted(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")))
    assert schemas == [schemas[0]] * FORMAT
    names = {name for kind, name, *_ in schemas[0] if kind == "table"}
    assert names == {*TABLES, "sqlite_sequence"}


def test_to_read_one_leaves_no_file_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = old(tmp_path / "journal.sqlite", 1)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for _ in range(2):
        with Journal.open(path, readonly=True) as journal:
            assert len(journal.runs()) == 1
    assert list((tmp_path / "here").iterdir()) == []


def test_a_run_is_recorded_in_one(tmp_path: Path) -> None:
    path = old(tmp_path / "journal.sqlite", 1)
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
