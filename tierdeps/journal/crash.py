"""What a killed run left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model.report import State

if TYPE_CHECKING:
    from tierdeps.journal.record import RunRecord, Standing


def left_behind(run: RunRecord) -> frozenset[str]:
    """Return the drivers that a run which is over began and did not stop, and those that it found like that.

    What a ``leave-running`` run began was meant to stay. What a run found and never came to is still as it was.
    """
    begun = run.killed and run.info.mode != "leave-running"
    if not begun and not run.inherited:  # as after most runs: no need to look at each driver
        return frozenset()
    states = run.states()
    up = {name for name, standing in states.items() if begun and _is_up(standing)}
    found = {name for name in run.inherited if name not in states or not _was_asked(states[name], run)}
    return frozenset(up | found)


def _is_up(standing: Standing) -> bool:
    return standing.begun and standing.state not in (State.STOPPED, State.ADOPTED, State.SKIPPED)


def _was_asked(standing: Standing, run: RunRecord) -> bool:
    """Return whether a run came to a driver that it had found: it began it, or took it as it was."""
    return standing.begun or (standing.state is State.ADOPTED and not run.killed)
