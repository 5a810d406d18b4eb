"""The states of a run, and how they follow each other."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class RunState(StrEnum):
    """The state of a run.

    ::

        idle --> starting --> up <--> changing
                    |          |         |
                    +----------+---------+
                               v
                           stopping --> over

    It is ``changing`` while it reloads, serves a request for single drivers, stops drivers because of one that was
    lost, or starts some again because of one that was. A run that is left to itself goes from ``up`` to ``over``.
    """

    IDLE = "idle"
    STARTING = "starting"
    UP = "up"
    CHANGING = "changing"
    STOPPING = "stopping"
    OVER = "over"


#: The transitions drawn above.
RUN_TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    RunState.IDLE: frozenset({RunState.STARTING}),
    RunState.STARTING: frozenset({RunState.UP, RunState.STOPPING}),
    RunState.UP: frozenset({RunState.CHANGING, RunState.STOPPING, RunState.OVER}),
    RunState.CHANGING: frozenset({RunState.UP, RunState.STOPPING}),
    RunState.STOPPING: frozenset({RunState.OVER}),
    RunState.OVER: frozenset(),
}
