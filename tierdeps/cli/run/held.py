"""What workers of a fleet hold for a run whose process was killed: found by the journal, and stopped by ``stop``."""

from __future__ import annotations

import json
import os
import sys
from shlex import split
from time import monotonic
from typing import TYPE_CHECKING, Literal, NoReturn

import click

from tierdeps._util.text import printable
from tierdeps.cli._options import command_line
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.run import EXIT_FAILED
from tierdeps.cli.run.earlier_runs import last_effective
from tierdeps.cli.run.reporting import line_reporter
from tierdeps.errors import DeadlineExceeded, RunError
from tierdeps.journal import Journal, instance_of
from tierdeps.journal.instances import sources_of
from tierdeps.journal.orphaned import orphaned_drivers
from tierdeps.journal.text import NOT_HELD, is_held_by_workers
from tierdeps.model import Event, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tierdeps.cli._session import Session
    from tierdeps.engines import TlsFiles
    from tierdeps.engines.fleet.held_stop import HeldDriver, HeldReport
    from tierdeps.journal import RunInfo, RunRecord
    from tierdeps.journal.plan_summary import PlanSummary

#: How long ``--fast`` waits for each driver, in seconds.
FAST_TIMEOUT_S = 1.0
#: The limits of a run that another one continues with.
LIMITS = ("timeout", "stop_timeout", "deadline")


def held_run(graphs: tuple[str, ...], *, left: bool = False) -> RunRecord | None:
    """Return the last run of these GRAPHs, if its process was killed and workers may hold its drivers.

    With ``left``, also one that was to leave them running. Without a GRAPH, the only such run while no other one goes
    on; raises UsageError if there are several.
    """
    with Journal.open(readonly=True) as journal:
        instance = instance_of(graphs)
        alive = [run for run in journal.alive() if not graphs or run.info.goes_by(instance)]
        known = () if alive else journal.known_as(instance)[:1] if graphs else journal.instances()
        last = [last_effective(journal, run) for run in known]
        found = [run for run in last if is_held_by_workers(run) and (orphaned_drivers(run) if run.killed else left)]
    if len(found) > 1:
        named = ", ".join(run.info.title for run in found)
        raise click.UsageError(f"workers hold drivers of several instances; name the GRAPHs of one of them: {named}")
    return found[0] if found else None


def stop_held(session: Session, run: RunRecord, seconds: float, form: Literal["text", "json"], *, fast: bool) -> int:
    """Stop what workers hold of a run, in reverse; print what was stopped, and return the exit code."""
    from tierdeps.cli.run.driver_output import DriverOutput, install_handlers
    from tierdeps.engines.dask import require_dask

    require_dask()
    install_handlers(session, DriverOutput(session, None, None))
    what = "was killed" if run.killed else "left its drivers running"
    session.info(printable(f"note: the start of {run.info.title} {what}; its workers stop what they hold of it"))
    with Journal.open() as journal:
        run = journal.reread(run)
        stop = _Stop(journal, run, line_reporter(ANSWER.echo, form, verbose=session.verbose, quiet=session.quiet).event)
        _stop_all(run, stop, seconds, fast=fast)
    if form == "json":
        ANSWER.echo(json.dumps(stop.document()))
    else:
        for line in stop.lines():
            ANSWER.echo(printable(line))
    return EXIT_FAILED if stop.failed else 0


def _stop_all(run: RunRecord, stop: _Stop, seconds: float, *, fast: bool) -> None:
    import asyncio

    from tierdeps.engines.fleet.held_stop import HeldStop

    info = run.info
    stages = stages_of(run.plan_summary, FAST_TIMEOUT_S if fast else None, info.stop_timeout)

    async def main() -> None:
        held = HeldStop(info.scheduler, tls_of(info), info.instance, stop.started)
        async with asyncio.timeout(seconds):
            await held.stop(stages, stop.ended)

    try:
        asyncio.run(main())
    except TimeoutError:
        raise DeadlineExceeded(f"the stop of what workers hold of {info.title}", seconds) from None
    finally:
        stop.record()


def take_over_in_background(session: Session, run: RunRecord, *, dry_run: bool) -> NoReturn:
    """Replace this process by a start in the background that continues with what workers hold of a run.

    It applies the graph as it is now: what was removed or has changed is stopped. Raises RunError for a dry run.
    """
    info = run.info
    if dry_run:
        raise RunError(f"the start of {info.title} was killed, so no run can be reloaded; reload without --dry-run")
    session.info(printable(f"note: the start of {info.title} was killed; another one continues in the background"))
    options = ["--detach", "--engine=dask", f"--scheduler={info.scheduler}", f"--on-failure={info.on_failure}"]
    options += [f"--{name}={path}" for name, path in zip(("tls-ca", "tls-cert", "tls-key"), info.tls, strict=False)]
    options += [f"--jobs={info.jobs}"] if info.jobs is not None else []
    options += [f"--{name.replace('_', '-')}={getattr(info, name):g}" for name in LIMITS]
    graphs = () if info.names.key == instance_of(()).key else sources_of(info.names.key)
    words = split(command_line(session, "start", graphs, *options))[1:]
    sys.stdout.flush()
    os.execv(sys.executable, (sys.executable, "-m", "tierdeps", *words))  # noqa: S606  our own command


def tls_of(info: RunInfo) -> TlsFiles | None:
    """Return the TLS files that a run was started with."""
    from tierdeps.engines import TlsFiles
    from tierdeps.engines.fleet.tls_files import verify_files

    if len(info.tls) != len(TlsFiles.__struct_fields__):
        return None
    files = TlsFiles(*info.tls)
    verify_files(files)
    return files


def stages_of(plan: PlanSummary, fast: float | None, stop_timeout: float) -> Sequence[Sequence[HeldDriver]]:
    """Return the drivers of a plan in stages: those of one do not depend on each other, nor are they in other tiers."""
    from tierdeps.engines.fleet.held_stop import HeldDriver

    levels: dict[str, int] = {}
    tier, first, last = "", 0, -1
    for name in plan.drivers:
        if plan.tier_of(name) != tier:
            tier, first = plan.tier_of(name), last + 1
        needed = [need.step.driver for phase in plan.phases_of(name) for need in plan.needs(name, phase)]
        levels[name] = max([first, *(levels[one] + 1 for one in needed if one in levels)])
        last = max(last, levels[name])
    stages: list[list[HeldDriver]] = [[] for _ in range(last + 1)]
    for name, level in levels.items():
        own = plan.timeouts.get(name, (None, None))[1]
        stages[level].append(HeldDriver(name, plan.hosts.get(name), fast or own or stop_timeout))
    return stages


class _Stop:
    """What has become of the drivers so far."""

    def __init__(self, journal: Journal, run: RunRecord, report: Callable[[Event], None]) -> None:
        self._journal = journal
        self._run = run
        self._up = {name for name, driver in run.states().items() if driver.state is State.READY}
        self._began = {
            name for name, driver in run.states().items() if driver.was_started and driver.state not in NOT_HELD
        }
        self._report = report
        self._started_at = monotonic()
        self._events: list[Event] = []
        self.stopped: list[HeldDriver] = []
        self.ended_before: list[HeldDriver] = []
        self.failed: list[tuple[HeldDriver, str]] = []

    def started(self, driver: HeldDriver) -> None:
        """Report that a driver is being stopped."""
        self._event(driver, State.STOPPING)

    def ended(self, report: HeldReport) -> None:
        """Record the end of a stop."""
        if not report.held:
            self.ended_before.append(report.driver)
        elif report.problem:
            self.failed.append((report.driver, report.problem))
            self._event(report.driver, State.FAILED, report.problem)
        else:
            self.stopped.append(report.driver)
            self._event(report.driver, State.STOPPED)

    def _event(self, driver: HeldDriver, state: State, reason: str = "") -> None:
        event = Event(monotonic() - self._started_at, driver.name, state, reason=reason)
        self._events.append(event)
        self._report(event)

    def record(self) -> None:
        """Record the stop in the journal, for status, and so that a later start does not expect them to run."""
        ended = [Event(0.0, one.name, State.STOPPED) for one in self.ended_before if one.name in self._began]
        self._journal.add(self._journal.reread(self._run), (*ended, *self._events))

    @property
    def _gone(self) -> Sequence[HeldDriver]:
        """What had been up when the run was killed, and is no longer held."""
        return [one for one in self.ended_before if one.name in self._up]

    def lines(self) -> Iterator[str]:
        """Yield the outcome as lines."""
        for driver, problem in self.failed:
            yield f"not stopped: {driver.name}: {problem}"
        for one in self._gone:
            yield f"{one.name} had already ended on {one.where}"
        names = ", ".join(f"{one.name} on {one.where}" for one in self.stopped)
        yield f"stopped what workers held: {names}" if names else "nothing was stopped"

    def document(self) -> dict[str, object]:
        """Return the outcome as JSON values."""
        return {
            "schema": "tierdeps/left/1",
            "ok": not self.failed,
            "title": self._run.info.title,
            "stopped": [_document(one) for one in self.stopped],
            "ended": [_document(one) for one in self._gone],
            "failed": [{**_document(one), "problem": problem} for one, problem in self.failed],
            "unknown": [],
        }


def _document(driver: HeldDriver) -> dict[str, object]:
    return {"driver": driver.name, "host": driver.where}
