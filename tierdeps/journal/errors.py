"""What can go wrong with the journal."""

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


class DamagedJournal(JournalError):  # noqa: N818  said as it is
    """The journal does not hold what a journal holds; a start sets it aside, and records in a new one."""

    def __init__(self, path: Path | str, what: str) -> None:
        self.what = what
        super().__init__(path, f"{what}; the next start sets it aside, and makes a new one")


class Damage(ValueError):  # noqa: N818  said as it is
    """A value that was read is not what it has to be; ``faults`` of the store says of which journal."""


class AlreadyRunning(RunError):  # noqa: N818  said as it is
    """The same instance runs already; its number is 0 where nobody knows which process that is."""

    def __init__(self, title: str, pid: int) -> None:
        process = f", as process {pid}" if pid else ""
        super().__init__(f"{title} runs already{process}; see it with: tierdeps status; stop it: tierdeps stop")


class NothingRan(TierdepsError):  # noqa: N818  said as it is
    """There is no run to tell of."""

    def __init__(self, title: str = "", graphs: str = "GRAPH") -> None:
        what = f"nothing of {title}" if title else "nothing"
        super().__init__(f"{what} has run yet: tierdeps start {graphs}".rstrip())
