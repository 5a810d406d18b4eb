"""The journal's file: opened, made where it is missing, and every fault of it one clear sentence."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import PrivateFolder, reason_of
from tierdeps.journal.errors import Damage, DamagedJournal, JournalError
from tierdeps.journal.path import journal_path
from tierdeps.journal.schema import FORMAT, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How long somebody else's writing is waited for, in seconds.
PATIENCE = 5.0
#: How long one write of a run waits for another process that writes, in seconds.
WRITE_S = 1.0
#: A group's id is that of its run times this, and its number in the run: a run's groups lie side by side.
GROUPS = 1 << 32
#: So many letters of what SQLite says of a damaged file are told.
QUOTED = 80
#: Pages that may stand in the log before they are moved to the file: each time that waits for the disk.
LOG_PAGES = 4000

#: What SQLite calls what it finds in a file that no journal has; 0 is text that is no UTF-8, and 1 a missing table.
_DAMAGED = frozenset(
    (
        *(0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_INTERNAL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CORRUPT),
        *(sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH),
        *(sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_EMPTY, sqlite3.SQLITE_NOTFOUND),
    )
)


def connect(path: Path, *, readonly: bool, until: float | None = None) -> sqlite3.Connection:
    """Open the file; to write, make it where it is missing, to read, take a missing one for an empty one.

    ``until`` is when to give up waiting for others that write, on the monotonic clock.
    """
    with faults(path):
        if readonly:
            return _to_read(path)
        _secure(path, make=True)
        connection = _connect(str(path))
        try:
            _prepare(connection, path, until)
        except BaseException:
            connection.close()
            raise
        return connection


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open a file that is there, for the thread that records a run in it; what it does waits for others but briefly."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        timeout=WRITE_S,
        isolation_level=None,
        uri=True,
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, until: float | None) -> None:
    """Make a connection one that writes to tables of this format."""
    wait_until(connection, until)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
    if _format(connection, path) < FORMAT:
        wait_until(connection, until)
        with transaction(connection):
            migrate(connection, _format(connection, path))  # another process may have done it meanwhile


def wait_until(connection: sqlite3.Connection, until: float | None) -> None:
    """Have the next statements wait for others that write until then, on the monotonic clock, and no longer."""
    if until is not None:
        left = min(max(until - monotonic(), 0.0), PATIENCE)
        connection.execute(f"PRAGMA busy_timeout={left * 1000:.0f}")


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
        if made == FORMAT:
            return connection
        try:
            return _migrated(connection, made)
        finally:
            connection.close()
    raise AssertionError("the second way returns or raises")


def _empty() -> sqlite3.Connection:
    connection = _connect(":memory:")
    migrate(connection, 0)
    return connection


def _migrated(connection: sqlite3.Connection, found: int) -> sqlite3.Connection:
    """Return a copy in this format of what may only be read."""
    copy = _connect(":memory:")
    connection.backup(copy)
    migrate(copy, found)
    return copy


def _format(connection: sqlite3.Connection, path: Path) -> int:
    """Return the format of a file; 0 where it is new. Raises JournalError for one that is not ours to read."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        later = f"was written by a later tierdeps, in format {found} and not {FORMAT}"
        raise JournalError(path, later + "; bring tierdeps up to date, or set XDG_STATE_HOME to another folder")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if found < 0 or bool(found) != bool(tables):
        raise DamagedJournal(path, "is no journal of tierdeps")
    return int(found)


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
    except (Damage, MemoryError, UnicodeDecodeError, sqlite3.Error, OSError) as error:
        raise failure_of(path, error) from None


def failure_of(path: Path, error: Exception) -> JournalError:
    """Return the sentence for what SQLite or the system says."""
    if isinstance(error, MemoryError):  # what SQLite says of a size that is out of the question
        return DamagedJournal(path, "is damaged (a size in it is impossible)")
    if isinstance(error, UnicodeDecodeError):  # what SQLite complains of, quoted by it
        return DamagedJournal(path, "is damaged (a name in it is no UTF-8)")
    if isinstance(error, Damage) or (isinstance(error, sqlite3.Error) and is_damage(error)):
        return DamagedJournal(path, f"is damaged ({_short(error)})")
    if isinstance(error, sqlite3.Error):
        return JournalError(path, _problem(error))
    return JournalError(path, f"cannot be opened: {reason_of(error) if isinstance(error, OSError) else error}")


def _short(error: Exception) -> str:
    """Return what an error says, in one line: it may quote half of the file."""
    return " ".join(str(error).split())[:QUOTED]


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error says that the file does not hold what a journal holds."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _DAMAGED or code == sqlite3.SQLITE_IOERR_SHORT_READ


def _problem(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = str(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"is being written by another process for more than {PATIENCE:g} s; try again"
    if code == sqlite3.SQLITE_FULL:
        return "cannot be written: the disk is full; make room"
    advice = "look at the permissions of its folder, or set XDG_STATE_HOME to another one"
    return f"cannot be {'opened' if code == sqlite3.SQLITE_CANTOPEN else 'used'}: {text}; {advice}"
