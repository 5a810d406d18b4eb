"""What a run with ``--leave-running`` left: told of, and stopped when that is asked for."""

from __future__ import annotations

import json
from shlex import join
from time import monotonic
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from tierdeps._util.text import printable
from tierdeps.cli._answer import ANSWER
from tierdeps.cli._instance.telling import line_teller
from tierdeps.errors import DeadlineExceeded, RunError
from tierdeps.journal import Journal, instance_of
from tierdeps.journal.instances import sources_of
from tierdeps.journal.status import LEAVE_RUNNING
from tierdeps.journal.wording import moment
from tierdeps.model import Event, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tierdeps.cli._session import Session
    from tierdeps.journal import RunRecord
    from tierdeps.journal.left import LeftProcess

#: How long each thing is waited for with ``--fast``, in seconds.
FAST_S = 1.0
FAILED = 4
#: What is said of drivers that are no processes.
NOT_FOUND = "nothing is known: only processes that run can be found"


class Leftover(NamedTuple):
    """The last run of an instance, and the processes that runs of it left."""

    run: RunRecord
    processes: tuple[LeftProcess, ...]

    @property
    def alive(self) -> tuple[LeftProcess, ...]:
        """Those that still run."""
        return tuple(one for one in self.processes if one.alive)

    @property
    def command(self) -> str:
        """What stops them, as a shell takes it."""
        name = self.run.info.names.key
        graphs = () if name == instance_of(()).key else sources_of(name)
        return join(("tierdeps", "stop", "--left", *graphs))


def leftovers(journal: Journal, graphs: tuple[str, ...]) -> tuple[Leftover, ...]:
    """Return what is left of the instance of these GRAPHs, or without one of each instance; none of what runs now."""
    from tierdeps.processes.left import left_processes

    runs = journal.known_as(instance_of(graphs)) if graphs else journal.instances()
    found = (
        Leftover(run, left_processes(run.info.instance, search=run.killed and run.info.mode == LEAVE_RUNNING))
        for run in runs
        if not run.alive
    )
    return tuple(one for one in found if one.processes)


def explained(found: Iterable[Leftover]) -> str:
    """Return what is left running, and how to stop it; nothing where nothing is."""
    return "".join(f"; {_explained(one)}" for one in found if one.alive)


def _explained(left: Leftover) -> str:
    run = left.run
    names = ", ".join(f"{one.driver} (process {one.pid})" for one in left.alive)
    ended = "was killed" if run.ended_at is None else f"ended at {moment(run.ended_at)}"
    return printable(f"a run of {run.info.title} that {ended} left running: {names}; to stop that: {left.command}")


def chosen_leftover(journal: Journal, graphs: tuple[str, ...]) -> Leftover:
    """Return what is to be stopped; raises RunError where nothing is left, and UsageError where it is not clear."""
    instance = instance_of(graphs)
    for run in journal.alive() if graphs else ():
        if run.info.goes_by(instance):
            raise RunError(
                f"{run.info.title} runs, as process {run.info.pid}, and may need what was left; stop that run first"
            )
    found = leftovers(journal, graphs)
    if len(found) > 1:
        named = ", ".join(one.run.info.title for one in found)
        raise click.UsageError(f"several instances left something running; name the GRAPHs of one of them: {named}")
    if found:
        return found[0]
    last = journal.known_as(instance)[:1] if graphs else ()
    unknown = [name for run in last if run.info.mode == LEAVE_RUNNING for name in _unknown(run, ())]
    advice = f"; of {', '.join(unknown)} {NOT_FOUND}" if unknown else ""
    raise RunError(f"no process{f' of {instance.title}' if graphs else ''} is left that an earlier run left{advice}")


def stop_left(
    session: Session, graphs: tuple[str, ...], seconds: float, form: Literal["text", "json"], *, fast: bool
) -> int:
    """Stop what a run before left, in reverse; print what was stopped, and return the exit code."""
    with Journal.open(readonly=True) as journal:
        left = chosen_leftover(journal, graphs)
        ended = _Ended(left.run, line_teller(ANSWER.echo, form, verbose=session.verbose).event)
        try:
            _end_all(left, ended, seconds, fast=fast)
        finally:
            ended.record()
        unknown = _unknown(journal.again(left.run), [one for one, _ in ended.failed])
    if form == "json":
        ANSWER.echo(json.dumps(ended.document(unknown)))
    else:
        for line in ended.lines(unknown):
            ANSWER.echo(printable(line))
    return FAILED if ended.failed else 0


def _end_all(left: Leftover, ended: _Ended, seconds: float, *, fast: bool) -> None:
    until = monotonic() + seconds
    for one in _in_reverse(left):
        remaining = until - monotonic()
        if remaining <= 0:
            raise DeadlineExceeded(f"the stop of what {left.run.info.title} left", seconds)
        ended.end(one, min(FAST_S if fast else _timeout(left.run, one.driver), remaining))


class _Ended:
    """What was ended so far."""

    def __init__(self, run: RunRecord, tell: Callable[[Event], None]) -> None:
        self._run = run
        self._tell = tell
        self._began_at = monotonic()
        self._events: list[Event] = []
        self.stopped: list[LeftProcess] = []
        self.gone: list[LeftProcess] = []
        self.failed: list[tuple[LeftProcess, str]] = []

    def end(self, one: LeftProcess, seconds: float) -> None:
        """End one process, and tell so."""
        from tierdeps.processes.left import end

        if one.alive and one.ours:
            self._event(one.driver, State.STOPPING)
        problem = end(self._run.info.instance, one, seconds)
        if problem:
            self.failed.append((one, problem))
        elif one.alive:
            self.stopped.append(one)
            self._event(one.driver, State.STOPPED)
        else:
            self.gone.append(one)

    def _event(self, driver: str, state: State) -> None:
        event = Event(monotonic() - self._began_at, driver, state)
        self._events.append(event)
        self._tell(event)

    def record(self) -> None:
        """Write down what was stopped: for status, and so that a later start does not look for it."""
        from tierdeps.processes.left import forget

        states = self._run.states()
        gone = [one for one in self.gone if states.get(one.driver) is not None]
        began = [Event(0.0, one.driver, State.STOPPED) for one in gone]
        with Journal.open() as journal:
            run = journal.again(self._run)
            journal.add(run, (*began, *self._events))
        forget(self._run.info.instance, [one.driver for one in (*self.stopped, *self.gone)])

    def lines(self, unknown: Sequence[str]) -> Iterator[str]:
        """Yield what came out."""
        for one, problem in self.failed:
            yield f"not stopped: {one.driver}: {problem}"
        for one in self.gone:
            yield f"{one.driver} had ended already: process {one.pid}"
        if unknown:
            yield f"of {', '.join(unknown)} {NOT_FOUND}"
        named = ", ".join(f"{one.driver} (process {one.pid})" for one in self.stopped)
        yield f"stopped what was left running: {named}" if named else "nothing was stopped"

    def document(self, unknown: Sequence[str]) -> dict[str, object]:
        """Return what came out as plain values."""
        return {
            "schema": "tierdeps/left/1",
            "ok": not self.failed,
            "title": self._run.info.title,
            "stopped": [_process(one) for one in self.stopped],
            "ended": [_process(one) for one in self.gone],
            "failed": [{**_process(one), "problem": problem} for one, problem in self.failed],
            "unknown": list(unknown),
        }


def _process(one: LeftProcess) -> dict[str, object]:
    return {"driver": one.driver, "pid": one.pid}


def _unknown(run: RunRecord, known: Iterable[LeftProcess]) -> tuple[str, ...]:
    """Name the drivers that a run left up and that are no processes, as far as is known."""
    named = {one.driver for one in known}
    return tuple(name for name, standing in run.states().items() if standing.state is State.READY and name not in named)


def _in_reverse(left: Leftover) -> Sequence[LeftProcess]:
    """Return the processes in reverse of the plan's order: what needs others first."""
    place = {name: number for number, name in enumerate(left.run.outline.drivers)}
    return sorted(left.processes, key=lambda one: place.get(one.driver, len(place)), reverse=True)


def _timeout(run: RunRecord, driver: str) -> float:
    return run.outline.timeouts.get(driver, (None, None))[1] or run.info.stop_timeout
