"""What a damaged journal still shows."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.journal.errors import JournalError
from tierdeps.journal.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps.journal.snapshot import RunRecord


def live_runs(damaged: Path) -> tuple[RunRecord, ...]:
    """Return the live runs of other processes that a damaged journal still shows; what cannot be read is omitted."""
    found: list[RunRecord] = []
    with suppress(JournalError), Journal.open(damaged, readonly=True) as journal:
        for number in journal.unfinished():
            with suppress(JournalError):
                run = journal.run(number)
                if run is not None and run.alive and run.info.pid != os.getpid():
                    found.append(run)
    return tuple(found)
