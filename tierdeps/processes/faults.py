"""What goes wrong with processes, in sentences."""

from __future__ import annotations

import signal

from tierdeps.errors import RunError

#: How many lines of a process's last words are told.
TOLD = 5


class ProcessError(RunError):
    """A process cannot be begun, ended too early, or did not become ready."""


def ending(code: int) -> str:
    """Say how a process ended: ``exited with code 3``, ``was killed by SIGSEGV``."""
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def last_words(lines: list[str]) -> str:
    """Quote the last of what a process said."""
    told = [line for line in lines if line.strip()][-TOLD:]
    return f"; its last words: {' | '.join(told)}" if told else ""
