"""What ``stop`` and ``reload`` do with a running instance: send it a request, print the replies, wait for its end."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.streams import print_error
from tierdeps.cli.run import EXIT_FAILED
from tierdeps.cli.run.reporting import line_reporter
from tierdeps.control.client import Conversation, NoAnswerError
from tierdeps.control.messages import Exit, FastStop, Notice, Output
from tierdeps.errors import DeadlineExceeded, RunError
from tierdeps.journal import Journal, journal_path
from tierdeps.model import State

if TYPE_CHECKING:
    from tierdeps.cli._session import Session
    from tierdeps.control.client import ProcessHandle
    from tierdeps.control.messages import Request, Stop
    from tierdeps.journal import RunRecord

#: The time between two signals of a fast stop: pending signals of one kind are delivered once.
BETWEEN_SIGNALS_S = 0.5


def send_request(session: Session, run: RunRecord, request: Request, seconds: float) -> int | None:
    """Send an instance a request and print its replies; return the exit code, None if it ended without one.

    Raises NoAnswerError if nobody answers, and DeadlineExceeded.
    """
    with Conversation(run.info.pid, Path(run.info.socket), request, seconds) as conversation:
        for reply in conversation.replies():
            if isinstance(reply, Output):
                with suppress(BrokenPipeError, RunError):  # the exit code still matters; the end reports the error
                    ANSWER.echo(reply.text)
            elif isinstance(reply, Notice):
                if reply.error or not session.quiet:
                    print_error(reply.text)
            elif isinstance(reply, Exit):
                return reply.code
    return None


def stop_instance(
    session: Session, run: RunRecord, process: ProcessHandle, request: Stop | FastStop, seconds: float
) -> int:
    """Stop an instance, print its progress, and wait until its process has ended; return the exit code.

    An instance that does not answer gets SIGTERM instead. Raises DeadlineExceeded.
    """
    deadline = monotonic() + seconds
    try:
        code = send_request(session, run, request, seconds)
        answered = True
    except NoAnswerError as error:
        if process.alive:
            _refuse_foreign(run, process)
            left = max(deadline - monotonic(), 0)
            session.info(f"note: {error}; sending it SIGTERM instead, and waiting up to {left:,.0f} s for it to end")
            try:
                _terminate(process, fast=isinstance(request, FastStop))
            except PermissionError:
                raise RunError(
                    f"{run.info.title}, process {run.info.pid}, belongs to another user; only that user can stop it"
                ) from None
        code, answered = None, False
    if not process.wait(deadline - monotonic()):
        raise DeadlineExceeded("the stop", seconds)
    return _code_from_journal(run, request, answered=answered) if code is None else code


def _refuse_foreign(run: RunRecord, process: ProcessHandle) -> None:
    """Raise RunError unless the process can be seen to be an instance, whatever the journal says of it."""
    # One that is just ending has neither a command line nor open files any more.
    if not process.is_instance(journal_path().resolve()) and not process.wait(BETWEEN_SIGNALS_S):
        raise RunError(
            f"the journal has process {run.info.pid} as that of {run.info.title}, but it is no run of tierdeps that"
            " this user started, and is not signalled; if it is yours, end it by hand"
        )


def _terminate(process: ProcessHandle, *, fast: bool) -> None:
    process.signal(signal.SIGTERM)
    if fast and not process.wait(BETWEEN_SIGNALS_S):
        process.signal(signal.SIGTERM)


def _code_from_journal(run: RunRecord, request: Stop | FastStop, *, answered: bool) -> int:
    """Return the exit code of a stop that its instance did not report, by the journal; print the events it missed."""
    with Journal.open(readonly=True) as journal:
        found = next((other for other in journal.runs(run.info.instance) if other.number == run.number), None)
        events = () if found is None else found.events()
    first = next((index for index, event in enumerate(events) if event.state is State.STOPPING), len(events))
    if not answered:
        reporter = line_reporter(ANSWER.echo, request.format, verbose=request.verbose, quiet=request.quiet)
        for event in events[first:]:
            reporter.event(event)
    if found is None or found.killed:
        print_error(f"error: process {run.info.pid} ended before it had stopped everything")
        return EXIT_FAILED
    return EXIT_FAILED if any(event.state is State.FAILED for event in events[first:]) else 0
