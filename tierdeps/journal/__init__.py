"""The record of runs on disk, an SQLite file: which drivers were started, what became of them, and when.

Each name is imported on first use, so that a command which only reads a run does not import what writes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.lazy import lazily

if TYPE_CHECKING:
    from tierdeps.journal.errors import (
        AlreadyRunning as AlreadyRunning,
        DamagedJournal as DamagedJournal,
        JournalError as JournalError,
        NothingRan as NothingRan,
    )
    from tierdeps.journal.instances import Instance as Instance, instance_of as instance_of
    from tierdeps.journal.journal import Journal as Journal
    from tierdeps.journal.plan_summary import PlanSummary as PlanSummary
    from tierdeps.journal.recorder import Recorder as Recorder
    from tierdeps.journal.run_info import RunInfo as RunInfo, RunOutcome as RunOutcome
    from tierdeps.journal.schema import journal_path as journal_path
    from tierdeps.journal.snapshot import (
        DriverSnapshot as DriverSnapshot,
        RunRecord as RunRecord,
        RunSnapshot as RunSnapshot,
    )
else:
    __all__, __getattr__, __dir__ = lazily(
        __name__,
        {
            "errors": ("AlreadyRunning", "DamagedJournal", "JournalError", "NothingRan"),
            "instances": ("Instance", "instance_of"),
            "journal": ("Journal",),
            "plan_summary": ("PlanSummary",),
            "recorder": ("Recorder",),
            "run_info": ("RunInfo", "RunOutcome"),
            "schema": ("journal_path",),
            "snapshot": ("DriverSnapshot", "RunRecord", "RunSnapshot"),
        },
    )
