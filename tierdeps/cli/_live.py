"""A run in the foreground: signals stop it, and the exit code says how it went."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from typing import NoReturn

    from tierdeps.cli._session import Session
    from tierdeps.executor import Executor
    from tierdeps.model import Report

INTERRUPTED, FAILED = 130, 4


@dataclass(frozen=True)
class Manner:
    """What is to become of what was started: it is stopped at once, left, or kept until a signal comes."""

    once: bool
    leave: bool


def run(session: Session, executor: Executor, manner: Manner) -> NoReturn:
    """Run a plan until it is over or a signal comes, and exit."""
    with asyncio.Runner() as runner:
        code, report = runner.run(_live(session, executor, manner))
        if any(outcome.stragglers for outcome in report.outcomes):
            _exit(code, report)  # before the runner waits for what does not end
    _exit(code, report)


async def _live(session: Session, executor: Executor, manner: Manner) -> tuple[int, Report]:
    """Start, stay or not, stop; return the exit code with the report."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _asked, session, executor, asked)
    report = await executor.start()
    brought_up = report.ready
    if manner.leave and not asked.is_set():
        report = executor.leave()
    else:
        if not manner.once and (brought_up or any(one.begun and not one.stopped for one in report.outcomes)):
            await asked.wait()
        report = await executor.stop()
    if report.interrupted:
        return INTERRUPTED, report
    return (0 if brought_up and report.ok else FAILED), report


def _asked(session: Session, executor: Executor, asked: asyncio.Event) -> None:
    """Stop at a first signal, and hurry at another one."""
    if asked.is_set():
        session.talk("stopping faster: nothing is waited for any longer than a second")
        executor.hurry()
        return
    asked.set()
    session.talk("stopping; once more to stop faster")
    executor.request_stop()


def _exit(code: int, report: Report) -> NoReturn:
    """Exit; where something was left behind that does not end, without waiting for it."""
    if any(outcome.stragglers for outcome in report.outcomes):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise click.exceptions.Exit(code)
