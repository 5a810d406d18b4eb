"""The journal's file: opened, made where it is missing, and every fault of it one clear sentence."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tierdeps.journal.errors import JournalError
from tierdeps.journal.path import journal_path
from tierdeps.private_files import PrivateFolder, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The format of the file; a later one is not touched.
FORMAT = 1
#: How long somebody else's writing is waited for, in seconds.
PATIENCE = 5.0
#: A group's id is that of its run times this, and its number in the run: a run's groups lie side by side.
GROUPS = 1 << 32
#: Pages that may stand in the log before they are moved to the file: each time that waits for the disk.
LOG_PAGES = 4000

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


def connect(path: Path, *, readonly: bool) -> sqlite3.Connection:
    """Open the file; to write, make it where it is missing, to read, take a missing one for an empty one."""
    with faults(path):
        if readonly:
            return _to_read(path)
        _secure(path, make=True)
        connection = _connect(str(path))
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
            with transaction(connection):
                if not _format(connection, path):
                    for statement in _TABLES.split(";"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version={FORMAT}")
        except BaseException:
            connection.close()
            raise
        return connection


def _secure(path: Path, *, make: bool) -> bool:
    """Return whether there is a file, and that it and those that SQLite puts beside it are regular ones and ours.

    To ``make``, it is made for its owner alone, and closed to others where it is there. Raises NotOursError.
    """
    try:
        # A folder that somebody chose is left as it is.
        how = PrivateFolder.open if path == journal_path() else PrivateFolder.chosen
        folder = how(path.parent, make=make)
    except FileNotFoundError:
        return False
    with folder:
        if make:
            folder.make_file(path.name)
        # None of them is opened: to close it would let go of the locks that this process has.
        found = [folder.check(path.name + end, close=make) for end in ("", "-wal", "-shm")]
        return found[0] is not None


def _connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=PATIENCE, isolation_level=None, uri=uri)


def _to_read(path: Path) -> sqlite3.Connection:
    """Open to read; where nothing may be made beside the file, as it lies there.

    A file that is missing, or in which another process is about to make the tables, has no run in it.
    """
    if not _secure(path, make=False):
        return _empty()
    for how in ("mode=ro", "immutable=1"):
        connection = _connect(f"{path.absolute().as_uri()}?{how}", uri=True)
        try:
            made = _format(connection, path)
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN or how != "mode=ro":
                raise
            continue
        except BaseException:
            connection.close()
            raise
        if made:
            return connection
        connection.close()
        return _empty()
    raise AssertionError("the second way returns or raises")


def _empty() -> sqlite3.Connection:
    connection = _connect(":memory:")
    connection.executescript(_TABLES)
    return connection


def _format(connection: sqlite3.Connection, path: Path) -> int:
    """Return the format of a file; 0 where it is new. Raises JournalError for one that is not ours to read."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found == FORMAT:
        return FORMAT
    if found > FORMAT:
        later = f"was written by a later tierdeps, in format {found} and not {FORMAT}"
        raise JournalError(path, later + "; bring tierdeps up to date, or set XDG_STATE_HOME to another folder")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables:
        raise JournalError(path, "is no journal of tierdeps; move it away, and a new one is made")
    return 0


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing; nobody else writes meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """Turn what SQLite or the system says into one sentence with what to do next."""
    try:
        yield
    except sqlite3.Error as error:
        raise JournalError(path, _problem(error)) from None
    except OSError as error:
        raise JournalError(path, f"cannot be opened: {reason_of(error)}") from None


def _problem(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = str(error)
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return f"is damaged ({text}); move it away, and a new one is made"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"is being written by another process for more than {PATIENCE:g} s; try again"
    if code == sqlite3.SQLITE_FULL:
        return "cannot be written: the disk is full; make room"
    advice = "look at the permissions of its folder, or set XDG_STATE_HOME to another one"
    return f"cannot be {'opened' if code == sqlite3.SQLITE_CANTOPEN else 'used'}: {text}; {advice}"
