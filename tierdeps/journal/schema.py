"""Where the journal is, its tables, and the steps from each format of the file to the next one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import NoHomeError, state_dir
from tierdeps.errors import RunError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

#: In the header of the file, it says that an SQLite database is a journal of tierdeps: "tdep".
APPLICATION_ID = 0x74646570
#: The id of a batch is the number of its run times this, plus its number in the run: the batches of a run lie side by
#: side in the file, and are found and deleted as a range of ids.
BATCHES_PER_RUN = 1 << 32

_FIRST_TABLES = """
    CREATE TABLE plans (key TEXT PRIMARY KEY, head TEXT NOT NULL, waits BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, digest TEXT NOT NULL, pid INTEGER NOT NULL,
        started TEXT NOT NULL, mode TEXT NOT NULL, info TEXT NOT NULL, plan TEXT NOT NULL, first_plan TEXT NOT NULL,
        legend TEXT NOT NULL, ticks REAL NOT NULL, inherited TEXT NOT NULL DEFAULT '[]',
        ready_at REAL, start_seconds REAL, ending TEXT, ended_at REAL
    );
    CREATE INDEX by_instance ON runs (instance, id);
    CREATE INDEX open_ones ON runs (id) WHERE ended_at IS NULL;
    CREATE TABLE groups (
        id INTEGER PRIMARY KEY, size INTEGER NOT NULL, events BLOB NOT NULL, reasons TEXT NOT NULL
    );
    CREATE TABLE folds (
        run INTEGER PRIMARY KEY, upto INTEGER NOT NULL, size INTEGER NOT NULL, events BLOB NOT NULL,
        reasons TEXT NOT NULL
    );
    CREATE TABLE words (
        run INTEGER NOT NULL, number INTEGER NOT NULL, word TEXT NOT NULL, PRIMARY KEY (run, number)
    ) WITHOUT ROWID;
"""
_STANDARD_NAMES = """
    ALTER TABLE plans RENAME COLUMN head TO summary;
    ALTER TABLE plans RENAME COLUMN waits TO dependencies;
    ALTER TABLE runs RENAME COLUMN started TO process_stamp;
    ALTER TABLE runs RENAME COLUMN legend TO enum_names;
    ALTER TABLE runs RENAME COLUMN ticks TO started_monotonic;
    ALTER TABLE runs RENAME COLUMN ending TO outcome;
    ALTER TABLE groups RENAME TO event_batches;
    ALTER TABLE folds RENAME TO compactions;
    ALTER TABLE compactions RENAME COLUMN upto TO last_batch;
    ALTER TABLE words RENAME TO strings;
    ALTER TABLE strings RENAME COLUMN word TO string;
    DROP INDEX by_instance;
    CREATE INDEX runs_by_instance ON runs (instance, id);
    DROP INDEX open_ones;
    CREATE INDEX unfinished_runs ON runs (id) WHERE ended_at IS NULL
"""
#: The statements that bring a file from the format of the key to the one after it; 0 is an empty file. A step is never
#: edited once it is released, as there are files that it made: a change of the tables is a further step.
MIGRATIONS: Mapping[int, str] = MappingProxyType(
    {0: _FIRST_TABLES, 1: f"PRAGMA application_id={APPLICATION_ID}", 2: _STANDARD_NAMES}
)
#: The format that this version reads and writes; a file of a later one is not touched.
FORMAT = max(MIGRATIONS) + 1


def migrate(connection: sqlite3.Connection, found: int) -> None:
    """Bring a file from the format that it has to this one; the caller's transaction makes that all steps or none."""
    for step in range(found, FORMAT):
        for statement in MIGRATIONS[step].split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version={FORMAT}")


def journal_path() -> Path:
    """Return the journal's file, in the state folder. Raises RunError if this user has none."""
    try:
        return state_dir() / "journal.sqlite"
    except NoHomeError as error:
        raise RunError(f"there is no home folder for the journal: {error}") from None
