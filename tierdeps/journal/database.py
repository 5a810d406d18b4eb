"""Opens the journal's file, creates it if missing, and turns every error of SQLite into one clear sentence."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import PrivateFolder, reason_of
from tierdeps.journal.errors import Damage, DamagedJournal, JournalError
from tierdeps.journal.schema import FORMAT, journal_path, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How long a command waits for other processes that write to the journal.
LOCK_TIMEOUT_S = 5.0
#: How long one write of a run waits for them; the writer tries again after it.
WRITER_LOCK_TIMEOUT_S = 1.0
#: The maximal number of characters that are shown of SQLite's message about a damaged file.
MAX_QUOTED_CHARS = 80
#: The number of pages in the write-ahead log after which they are moved to the file, which waits for the disk.
MAX_WAL_PAGES = 4000

#: The error codes of SQLite for a file that holds what no journal holds; 0 is text that is no UTF-8, 1 a missing table.
_DAMAGE_CODES = frozenset(
    (
        *(0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_INTERNAL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CORRUPT),
        *(sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH),
        *(sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_EMPTY, sqlite3.SQLITE_NOTFOUND),
    )
)


def connect(path: Path, *, readonly: bool, until: float | None = None) -> sqlite3.Connection:
    """Open the file. To write, a missing one is created; to read, a missing one counts as empty.

    ``until`` is when to stop waiting for other processes that write, on the monotonic clock.
    """
    with journal_errors(path):
        if readonly:
            return _connect_readonly(path)
        _secure(path, make=True)
        connection = _connect(str(path))
        try:
            _prepare(connection, path, until)
        except BaseException:
            connection.close()
            raise
        return connection


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open an existing file for the writer thread of a run; its statements wait at most WRITER_LOCK_TIMEOUT_S."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        timeout=WRITER_LOCK_TIMEOUT_S,
        isolation_level=None,
        uri=True,
        check_same_thread=False,
    )
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={MAX_WAL_PAGES}")
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, until: float | None) -> None:
    """Set a connection up for writing, and bring the file to this format."""
    wait_until(connection, until)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint={MAX_WAL_PAGES}")
    if _format(connection, path) < FORMAT:
        wait_until(connection, until)
        with transaction(connection):
            migrate(connection, _format(connection, path))  # read again: another process may have migrated it


def wait_until(connection: sqlite3.Connection, until: float | None) -> None:
    """Let the next statements wait for other writers until a moment on the monotonic clock, and no longer."""
    if until is not None:
        left = min(max(until - monotonic(), 0.0), LOCK_TIMEOUT_S)
        connection.execute(f"PRAGMA busy_timeout={left * 1000:.0f}")


def _secure(path: Path, *, make: bool) -> bool:
    """Return whether the file exists, after checking that it and its SQLite companions are regular files of this user.

    With ``make``, a missing file is created for its owner alone, and an existing one is closed to others. Raises
    NotOursError.
    """
    try:
        # The modes of a folder that the user chose are left as they are.
        how = PrivateFolder.open if path == journal_path() else PrivateFolder.chosen
        folder = how(path.parent, make=make)
    except FileNotFoundError:
        return False
    with folder:
        if make:
            folder.make_file(path.name)
        # None of them is opened: closing any descriptor of a file releases all POSIX locks that this process has on it.
        found = [folder.check(path.name + suffix, close=make) for suffix in ("", "-wal", "-shm")]
        return found[0] is not None


def _connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=LOCK_TIMEOUT_S, isolation_level=None, uri=uri)


def _connect_readonly(path: Path) -> sqlite3.Connection:
    """Open to read; if SQLite may create nothing beside the file (a read-only folder), as it is, without its log.

    A file that is missing, or in which another process is about to create the tables, counts as empty.
    """
    if not _secure(path, make=False):
        return _empty()
    for how in ("mode=ro", "immutable=1"):
        connection = _connect(f"{path.absolute().as_uri()}?{how}", uri=True)
        try:
            found = _format(connection, path)
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN or how != "mode=ro":
                raise
            continue
        except BaseException:
            connection.close()
            raise
        if found == FORMAT:
            return connection
        try:
            return _migrated_copy(connection, found)
        finally:
            connection.close()
    raise AssertionError("the second way returns or raises")


def _empty() -> sqlite3.Connection:
    connection = _connect(":memory:")
    migrate(connection, 0)
    return connection


def _migrated_copy(connection: sqlite3.Connection, found: int) -> sqlite3.Connection:
    """Return a copy in memory, in this format, of a file that may only be read."""
    copy = _connect(":memory:")
    connection.backup(copy)
    migrate(copy, found)
    return copy


def _format(connection: sqlite3.Connection, path: Path) -> int:
    """Return the format of a file, 0 for a new one. Raises JournalError for a later format or another program's."""
    # In one query, and so of one moment: another process may create the tables just now.
    found, tables = connection.execute(
        "SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)"
    ).fetchone()
    if found > FORMAT:
        later = f"was written by a later tierdeps, in format {found} and not {FORMAT}"
        raise JournalError(path, later + "; install a newer tierdeps, or set XDG_STATE_HOME to another folder")
    if found < 0 or bool(found) != bool(tables):
        raise DamagedJournal(path, "is not a journal of tierdeps")
    return int(found)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit all statements in the block or none; no other process writes during it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def journal_errors(path: Path) -> Iterator[None]:
    """Turn any error of SQLite or the system in the block into a JournalError, which says what to do next."""
    try:
        yield
    except (Damage, MemoryError, UnicodeDecodeError, sqlite3.Error, OSError) as error:
        raise journal_error(path, error) from None


def journal_error(path: Path, error: Exception) -> JournalError:
    """Return the JournalError for an error of SQLite, of the system, or of what was read."""
    if isinstance(error, MemoryError):  # SQLite read an impossible size
        return DamagedJournal(path, "is damaged (it contains an impossible size)")
    if isinstance(error, UnicodeDecodeError):  # the sqlite3 module cannot decode SQLite's own message
        return DamagedJournal(path, "is damaged (it contains a name that is not UTF-8)")
    if isinstance(error, Damage) or (isinstance(error, sqlite3.Error) and is_damage(error)):
        return DamagedJournal(path, f"is damaged ({_quoted(error)})")
    if isinstance(error, sqlite3.Error):
        return JournalError(path, _problem(error))
    return JournalError(path, f"cannot be opened: {reason_of(error) if isinstance(error, OSError) else error}")


def _quoted(error: Exception) -> str:
    """Return the message of an error, cut to one short line: it may quote half of the file."""
    return " ".join(str(error).split())[:MAX_QUOTED_CHARS]


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error means that the content of the file is wrong, and not that it cannot be reached."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _DAMAGE_CODES or code == sqlite3.SQLITE_IOERR_SHORT_READ


def _problem(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = str(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"has been locked by another process for more than {LOCK_TIMEOUT_S:g} s; try again"
    if code == sqlite3.SQLITE_FULL:
        return "cannot be written: the disk is full; free some space"
    advice = "check the permissions of its folder, or set XDG_STATE_HOME to another one"
    return f"cannot be {'opened' if code == sqlite3.SQLITE_CANTOPEN else 'used'}: {text}; {advice}"
