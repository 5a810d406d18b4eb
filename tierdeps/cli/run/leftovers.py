"""The processes that a run with ``--leave-running`` left: listed, and stopped by ``stop --left``."""

from __future__ import annotations

import json
from shlex import join
from time import monotonic
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from tierdeps._util.text import printable
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.run import EXIT_FAILED
from tierdeps.cli.run.reporting import line_reporter
from tierdeps.errors import DeadlineExceeded, RunError
from tierdeps.journal import Journal, instance_of
from tierdeps.journal.instances import sources_of
from tierdeps.journal.status import LEAVE_RUNNING
from tierdeps.journal.text import held_by_workers, moment
from tierdeps.model import Event, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tierdeps.cli._session import Session
    from tierdeps.journal import RunRecord
    from tierdeps.journal.orphaned import LeftProcess

#: How long ``--fast`` waits for each process.
FAST_TIMEOUT_S = 1.0
#: The answer on drivers that are no processes.
NOT_FOUND = "it is unknown whether they still run: only processes can be found"


class Leftover(NamedTuple):
    """The last run of an instance, and the processes that runs of it left."""

    run: RunRecord
    processes: tuple[LeftProcess, ...]

    @property
    def alive(self) -> tuple[LeftProcess, ...]:
        """The processes that still run."""
        return tuple(process for process in self.processes if process.alive)

    @property
    def command(self) -> str:
        """The command that stops them, quoted for a shell."""
        name = self.run.info.names.key
        graphs = () if name == instance_of(()).key else sources_of(name)
        return join(("tierdeps", "stop", "--left", *graphs))


def leftovers(journal: Journal, graphs: tuple[str, ...]) -> tuple[Leftover, ...]:
    """Return what is left of the instance of these GRAPHs, or without one of each instance that does not run now."""
    from tierdeps.processes.leftovers import left_processes

    runs = journal.known_as(instance_of(graphs)) if graphs else journal.instances()
    found = (
        Leftover(run, left_processes(run.info.instance, search=run.killed and run.info.mode == LEAVE_RUNNING))
        for run in runs
        if not run.alive
    )
    return tuple(leftover for leftover in found if leftover.processes)


def leftovers_text(found: Iterable[Leftover]) -> str:
    """Return what is left running and how to stop it, as the end of a sentence; empty if nothing is."""
    return "".join(f"; {_leftover_text(leftover)}" for leftover in found if leftover.alive)


def _leftover_text(left: Leftover) -> str:
    run = left.run
    names = ", ".join(f"{process.driver} (process {process.pid})" for process in left.alive)
    ended = "was killed" if run.ended_at is None else f"ended at {moment(run.ended_at)}"
    return printable(f"a run of {run.info.title} that {ended} left running: {names}; to stop them: {left.command}")


def leftover_to_stop(journal: Journal, graphs: tuple[str, ...]) -> Leftover:
    """Return what is to be stopped. Raises RunError if nothing is left, and UsageError if it is ambiguous."""
    instance = instance_of(graphs)
    for run in journal.alive() if graphs else ():
        if run.info.goes_by(instance):
            raise RunError(
                f"{run.info.title} is running (process {run.info.pid}) and may need what a run left; stop it first"
            )
    found = leftovers(journal, graphs)
    if len(found) > 1:
        named = ", ".join(leftover.run.info.title for leftover in found)
        raise click.UsageError(f"several instances left processes running; name the GRAPHs of one of them: {named}")
    if found:
        return found[0]
    last = journal.known_as(instance)[:1] if graphs else ()
    unknown = [name for run in last if run.info.mode == LEAVE_RUNNING for name in _unknown(run, ())]
    advice = f"; {', '.join(unknown)}: {NOT_FOUND}" if unknown else ""
    advice += held_by_workers(last if graphs else journal.instances())
    raise RunError(f"no process{f' of {instance.title}' if graphs else ''} is left of an earlier run{advice}")


def stop_left(
    session: Session, graphs: tuple[str, ...], seconds: float, form: Literal["text", "json"], *, fast: bool
) -> int:
    """Stop what an earlier run left, in reverse order; print what was stopped, and return the exit code."""
    with Journal.open(readonly=True) as journal:
        left = leftover_to_stop(journal, graphs)
        stop = _LeftoverStop(
            left.run, line_reporter(ANSWER.echo, form, verbose=session.verbose, quiet=session.quiet).event
        )
        try:
            _stop_all(left, stop, seconds, fast=fast)
        finally:
            stop.record()
        unknown = _unknown(journal.reread(left.run), [process for process, _ in stop.failed])
    if form == "json":
        ANSWER.echo(json.dumps(stop.document(unknown)))
    else:
        for line in stop.lines(unknown):
            ANSWER.echo(printable(line))
    return EXIT_FAILED if stop.failed else 0


def _stop_all(left: Leftover, stop: _LeftoverStop, seconds: float, *, fast: bool) -> None:
    until = monotonic() + seconds
    for process in _in_reverse(left):
        remaining = until - monotonic()
        if remaining <= 0:
            raise DeadlineExceeded(f"the stop of what {left.run.info.title} left", seconds)
        stop.end(process, min(FAST_TIMEOUT_S if fast else _timeout(left.run, process.driver), remaining))


class _LeftoverStop:
    """The stop of one instance's leftovers, and what has become of them so far."""

    def __init__(self, run: RunRecord, report: Callable[[Event], None]) -> None:
        self._run = run
        self._report = report
        self._started_at = monotonic()
        self._events: list[Event] = []
        self.stopped: list[LeftProcess] = []
        self.gone: list[LeftProcess] = []
        self.failed: list[tuple[LeftProcess, str]] = []

    def end(self, process: LeftProcess, seconds: float) -> None:
        """End one process, and report its events."""
        from tierdeps.processes.leftovers import end

        if process.alive and process.ours:
            self._event(process.driver, State.STOPPING)
        problem = end(self._run.info.instance, process, seconds)
        if problem:
            self.failed.append((process, problem))
        elif process.alive:
            self.stopped.append(process)
            self._event(process.driver, State.STOPPED)
        else:
            self.gone.append(process)

    def _event(self, driver: str, state: State) -> None:
        event = Event(monotonic() - self._started_at, driver, state)
        self._events.append(event)
        self._report(event)

    def record(self) -> None:
        """Record what was stopped in the journal, for status, and so that a later start does not search for it."""
        from tierdeps.processes.leftovers import forget

        states = self._run.states()
        gone = [process for process in self.gone if states.get(process.driver) is not None]
        ended = [Event(0.0, process.driver, State.STOPPED) for process in gone]
        with Journal.open() as journal:
            run = journal.reread(self._run)
            journal.add(run, (*ended, *self._events))
        forget(self._run.info.instance, [process.driver for process in (*self.stopped, *self.gone)])

    def lines(self, unknown: Sequence[str]) -> Iterator[str]:
        """Yield the outcome as lines."""
        for process, problem in self.failed:
            yield f"not stopped: {process.driver}: {problem}"
        for process in self.gone:
            yield f"{process.driver} had already ended: process {process.pid}"
        if unknown:
            yield f"{', '.join(unknown)}: {NOT_FOUND}"
        named = ", ".join(f"{process.driver} (process {process.pid})" for process in self.stopped)
        yield f"stopped what was left running: {named}" if named else "nothing was stopped"

    def document(self, unknown: Sequence[str]) -> dict[str, object]:
        """Return the outcome as JSON values."""
        return {
            "schema": "tierdeps/left/1",
            "ok": not self.failed,
            "title": self._run.info.title,
            "stopped": [_process(process) for process in self.stopped],
            "ended": [_process(process) for process in self.gone],
            "failed": [{**_process(process), "problem": problem} for process, problem in self.failed],
            "unknown": list(unknown),
        }


def _process(process: LeftProcess) -> dict[str, object]:
    return {"driver": process.driver, "pid": process.pid}


def _unknown(run: RunRecord, known: Iterable[LeftProcess]) -> tuple[str, ...]:
    """Return the drivers that a run left ready and that are no processes, as far as is known."""
    named = {process.driver for process in known}
    return tuple(name for name, snapshot in run.states().items() if snapshot.state is State.READY and name not in named)


def _in_reverse(left: Leftover) -> Sequence[LeftProcess]:
    """Return the processes in reverse order of the plan: dependents first."""
    index = {name: number for number, name in enumerate(left.run.plan_summary.drivers)}
    return sorted(left.processes, key=lambda process: index.get(process.driver, len(index)), reverse=True)


def _timeout(run: RunRecord, driver: str) -> float:
    return run.plan_summary.timeouts.get(driver, (None, None))[1] or run.info.stop_timeout
