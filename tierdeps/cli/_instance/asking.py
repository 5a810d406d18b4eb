"""What ``stop`` and ``reload`` share: a running instance is found, asked, and what it says is passed on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING

import click

from tierdeps.cli._answer import ANSWER
from tierdeps.cli._instance.leftovers import explained, leftovers
from tierdeps.cli._streams import say
from tierdeps.control.client import Conversation
from tierdeps.control.messages import Exit, Notice, Output
from tierdeps.errors import RunError
from tierdeps.journal import Journal, instance_of
from tierdeps.journal.instances import sources_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.cli._session import Session
    from tierdeps.control.messages import Request
    from tierdeps.journal import Instance, RunRecord


def running(graphs: tuple[str, ...]) -> RunRecord:
    """Find the instance of these GRAPHs, or without one the only one there is; raises RunError or UsageError."""
    with Journal.open(readonly=True) as journal:
        alive = journal.alive()
        instance = instance_of(graphs)
        chosen = tuple(run for run in alive if not graphs or run.info.goes_by(instance))
        left = "" if chosen else explained(leftovers(journal, graphs))
    if graphs:
        return only_one(instance, chosen or _none_of(instance.title, alive, left))
    if not alive:
        raise RunError(f"nothing runs{left or '; what ran last is told by: tierdeps status'}")
    if len(alive) > 1:
        raise click.UsageError(f"several instances run; name the GRAPHs of one of them: {_listed(alive)}")
    return alive[0]


def only_one(instance: Instance, runs: Sequence[RunRecord]) -> RunRecord:
    """Return the run that a name means; raises UsageError where it is the name of one, and leads to that of another."""
    if len(runs) > 1:
        told = "; ".join(
            f"process {run.info.pid} was started from {join(sources_of(run.info.names.real))}" for run in runs
        )
        raise click.UsageError(
            f"{instance.title} is the name that one instance was started with, and leads to another's by now:"
            f" {told}; name what the one that you mean was started from"
        )
    return runs[0]


def _none_of(title: str, alive: Sequence[RunRecord], left: str) -> tuple[RunRecord, ...]:
    others = f"; what runs: {_listed(alive)}" if alive else "; nothing runs"
    raise RunError(f"{title} does not run{left or others}")


def _listed(runs: Sequence[RunRecord]) -> str:
    return ", ".join(f"{run.info.title} (process {run.info.pid})" for run in runs)


def ask(session: Session, run: RunRecord, request: Request, seconds: float) -> int | None:
    """Ask an instance and print what it says; return the exit code, None where it ended without one.

    Raises NoAnswerError where nobody is there, and DeadlineExceeded.
    """
    with Conversation(run.info.pid, Path(run.info.socket), request, seconds) as conversation:
        for reply in conversation.replies():
            if isinstance(reply, Output):
                with suppress(BrokenPipeError, RunError):  # how it ends is of interest even so; the end tells of it
                    ANSWER.echo(reply.text)
            elif isinstance(reply, Notice):
                _pass_on(session, reply)
            elif isinstance(reply, Exit):
                return reply.code
    return None


def _pass_on(session: Session, reply: Notice) -> None:
    if reply.error or not session.quiet:
        say(reply.text)
