"""The errors of processes, and the sentences that describe them."""

from __future__ import annotations

import signal
from errno import EMFILE, ENFILE
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import reason_of
from tierdeps._util.text import shortened
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The exit code of a process that is not our child; no process has it.
UNKNOWN_CODE = 256
#: How many of the last lines of a process's output are shown.
MAX_TAIL_LINES = 5
#: Of a longer one, only so many characters.
MAX_TAIL_LINE = 500
#: How many process ids a message lists.
MAX_PIDS_SHOWN = 8


class ProcessError(RunError):
    """A process cannot be started, ended too early, or did not become ready."""


class LeftoverError(ProcessError):
    """Processes still run although they were sent SIGKILL."""

    def __init__(self, pids: Sequence[int]) -> None:
        named = ", ".join(map(str, pids[:MAX_PIDS_SHOWN])) + (", ..." if len(pids) > MAX_PIDS_SHOWN else "")
        what = (
            f"process {named} is still running"
            if len(pids) == 1
            else f"{len(pids)} processes are still running ({named})"
        )
        super().__init__(f"{what} although killed: the guard keeps trying; see 'ps -fp {pids[0]}'")


def start_error_text(error: OSError) -> str:
    """Return why a process could not be started, with advice if there is some."""
    if error.errno in (EMFILE, ENFILE):
        return f"the process cannot be started: {error.strerror}: raise the limit, with ulimit -n"
    where = "" if error.filename is None else f": {error.filename}"
    return f"the process cannot be started: {reason_of(error)}{where}"


def exit_text(code: int) -> str:
    """Return how a process ended: ``exited with code 3``, ``was killed by SIGSEGV``."""
    if code == UNKNOWN_CODE:
        return "ended, with an exit code that only its own parent knows"
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def output_tail(lines: list[str]) -> str:
    """Return the last lines of a process's output as the end of a sentence."""
    shown = [shortened(line, MAX_TAIL_LINE) for line in lines if line.strip()][-MAX_TAIL_LINES:]
    return f"; last output: {' | '.join(shown)}" if shown else ""
