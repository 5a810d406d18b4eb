"""The record of runs on disk (SQLite): what began, what became of it, and when.

Each name is loaded on first use: who looks at a run pays for nothing that writes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.lazy import lazily

if TYPE_CHECKING:
    from tierdeps.journal.errors import AlreadyRunning, DamagedJournal, JournalError, NothingRan
    from tierdeps.journal.instances import Instance, instance_of
    from tierdeps.journal.journal import Journal
    from tierdeps.journal.outline import Outline
    from tierdeps.journal.path import journal_path
    from tierdeps.journal.record import RunRecord, Standing
    from tierdeps.journal.recorder import Recorder
    from tierdeps.journal.value import Ending, RunInfo
else:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "errors": ("AlreadyRunning", "DamagedJournal", "JournalError", "NothingRan"),
            "instances": ("Instance", "instance_of"),
            "journal": ("Journal",),
            "outline": ("Outline",),
            "path": ("journal_path",),
            "record": ("RunRecord", "Standing"),
            "recorder": ("Recorder",),
            "value": ("Ending", "RunInfo"),
        },
    )

__all__ = [
    "AlreadyRunning",
    "DamagedJournal",
    "Ending",
    "Instance",
    "Journal",
    "JournalError",
    "NothingRan",
    "Outline",
    "Recorder",
    "RunInfo",
    "RunRecord",
    "Standing",
    "instance_of",
    "journal_path",
]
