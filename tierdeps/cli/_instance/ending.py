"""The end of an instance: asked for over its socket, or else by a signal; and how it went."""

from __future__ import annotations

import signal
from time import monotonic
from typing import TYPE_CHECKING

from tierdeps.cli._answer import ANSWER
from tierdeps.cli._instance.asking import ask
from tierdeps.cli._instance.telling import line_teller
from tierdeps.cli._streams import say
from tierdeps.control.client import NoAnswerError
from tierdeps.control.messages import FastStop, Stop
from tierdeps.errors import DeadlineExceeded, RunError
from tierdeps.journal import Journal, journal_path
from tierdeps.model import State

if TYPE_CHECKING:
    from tierdeps.cli._session import Session
    from tierdeps.control.client import ProcessHandle
    from tierdeps.journal import RunRecord

#: How long after a first signal a second one hurries the stop, in seconds: two at once would be one.
BETWEEN = 0.5
FAILED = 4


def end(session: Session, run: RunRecord, process: ProcessHandle, request: Stop | FastStop, seconds: float) -> int:
    """Stop an instance, print how it goes, and wait until its process has ended; return the exit code.

    Raises DeadlineExceeded.
    """
    until = monotonic() + seconds
    try:
        code = ask(session, run, request, seconds)
        told = True
    except NoAnswerError as error:
        if process.alive:
            _refuse_foreign(run, process)
            left = max(until - monotonic(), 0)
            session.talk(f"note: {error}; it is sent SIGTERM, and its end is waited for no longer than {left:,.0f} s")
            try:
                _signal(process, fast=isinstance(request, FastStop))
            except PermissionError:
                raise RunError(
                    f"{run.info.title}, process {run.info.pid}, is another user's, and only that one can stop it"
                ) from None
        code, told = None, False
    if not process.wait(until - monotonic()):
        raise DeadlineExceeded("the stop", seconds)
    return _judge(run, request, told=told) if code is None else code


def _refuse_foreign(run: RunRecord, process: ProcessHandle) -> None:
    """Raise RunError where a process is not seen to be an instance, whatever the journal says of it."""
    # One that is just ending has no command any more, and nothing open.
    if not process.is_instance(journal_path().resolve()) and not process.wait(BETWEEN):
        raise RunError(
            f"the journal has process {run.info.pid} as that of {run.info.title}, but it is no run of tierdeps that"
            " this user started, and is not signalled; if it is yours, end it by hand"
        )


def _signal(process: ProcessHandle, *, fast: bool) -> None:
    process.signal(signal.SIGTERM)
    if fast and not process.wait(BETWEEN):
        process.signal(signal.SIGTERM)


def _judge(run: RunRecord, request: Stop | FastStop, *, told: bool) -> int:
    """Say what the journal knows of a stop of which its instance did not say how it went."""
    with Journal.open(readonly=True) as journal:
        found = next((other for other in journal.runs(run.info.instance) if other.number == run.number), None)
        events = () if found is None else found.events()
    began = next((place for place, event in enumerate(events) if event.state is State.STOPPING), len(events))
    if not told:
        teller = line_teller(ANSWER.echo, request.format, verbose=request.verbose)
        for event in events[began:]:
            teller.event(event)
    if found is None or found.killed:
        say(f"error: process {run.info.pid} ended before it had stopped everything")
        return FAILED
    return FAILED if any(event.state is State.FAILED for event in events[began:]) else 0
