"""The tables of the journal, by the number of their format, and the steps from each format to the next one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

#: By what a database is known as a journal of tierdeps, in its header: "tdep".
APPLICATION_ID = 0x74646570

_TABLES = """
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
#: From the format of the key to the one after it; 0 is an empty file. Never edited once released: files have them.
MIGRATIONS: Mapping[int, str] = MappingProxyType({0: _TABLES, 1: f"PRAGMA application_id={APPLICATION_ID}"})
#: The format that this version reads and writes; a later one is not touched.
FORMAT = max(MIGRATIONS) + 1


def migrate(connection: sqlite3.Connection, found: int) -> None:
    """Bring a file from the format that it has to this one; inside a transaction, so all the steps or none."""
    for step in range(found, FORMAT):
        for statement in MIGRATIONS[step].split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version={FORMAT}")
