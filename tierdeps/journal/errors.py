"""The errors of the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import RunError, TierdepsError

if TYPE_CHECKING:
    from pathlib import Path


class JournalError(RunError):
    """The journal cannot be read or written; a run can go on without it."""

    def __init__(self, path: Path | str, problem: str) -> None:
        self.path = path
        super().__init__(f"the journal {path} {problem}")


class DamagedJournal(JournalError):  # noqa: N818  a state more than an error
    """The content of the journal is wrong; a start quarantines the file, and records in a new one."""

    def __init__(self, path: Path | str, what: str) -> None:
        self.what = what
        super().__init__(path, f"{what}; the next start renames it and creates a new one")


class Damage(ValueError):  # noqa: N818  a state more than an error
    """A value that was read is invalid; ``database.journal_errors`` turns it into a DamagedJournal with the path."""


class AlreadyRunning(RunError):  # noqa: N818  a state more than an error
    """The same instance is running already; ``pid`` is 0 if it is not known which process that is."""

    def __init__(self, title: str, pid: int) -> None:
        process = f", as process {pid}" if pid else ""
        super().__init__(f"{title} is already running{process}; to see it: tierdeps status; to stop it: tierdeps stop")


class NothingRan(TierdepsError):  # noqa: N818  a state more than an error
    """There is no run to show."""

    def __init__(self, title: str = "", graphs: str = "GRAPH") -> None:
        what = f"nothing of {title}" if title else "nothing"
        super().__init__(f"{what} has been started yet; to start it: tierdeps start {graphs}".rstrip())
