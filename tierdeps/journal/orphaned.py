"""What an earlier run left up that no run supervises any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps.model.report import State

if TYPE_CHECKING:
    from tierdeps.journal.snapshot import DriverSnapshot, RunRecord


class LeftProcess(NamedTuple):
    """A driver's process that an earlier run of an instance left, as it is found now.

    ``ready`` says whether it was ready when it was left, ``alive`` whether that very process still runs (and not a
    later one with its process id). ``ours`` says whether it has the environment tags of the instance: no process
    without them is ever stopped.
    """

    driver: str
    pid: int
    started: int
    stop_signal: str
    ready: bool
    alive: bool
    ours: bool


def orphaned_drivers(run: RunRecord) -> frozenset[str]:
    """Return the drivers that a run which is over left up without meaning to.

    They are those that it started and did not stop before it was killed, unless its mode was ``leave-running``; and
    those that were orphaned already when it started, as far as it did not come to them.
    """
    was_killed = run.killed and run.info.mode != "leave-running"
    if not was_killed and not run.inherited:  # as after most runs: no need to look at each driver
        return frozenset()
    states = run.states()
    up = {name for name, driver in states.items() if was_killed and _is_up(driver)}
    found = {name for name in run.inherited if name not in states or not _was_handled(states[name], run)}
    return frozenset(up | found)


def _is_up(driver: DriverSnapshot) -> bool:
    return driver.was_started and driver.state not in (State.STOPPED, State.ADOPTED, State.SKIPPED)


def _was_handled(driver: DriverSnapshot, run: RunRecord) -> bool:
    """Return whether a run came to a driver that was orphaned before it: it started or adopted that driver."""
    return driver.was_started or (driver.state is State.ADOPTED and not run.killed)
