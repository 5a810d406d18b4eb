"""The journal of a run in this process: opened, replaced if it is damaged, done without if it cannot be written."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, replace
from tierdeps.cli.run.reporting import draws_picture
from tierdeps.errors import RunError
from tierdeps.lock import reference
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tierdeps.cli._session import Session
    from tierdeps.cli.run.options import StartOptions
    from tierdeps.journal import Instance, Journal, JournalError, Recorder, RunInfo, RunRecord
    from tierdeps.journal.instance_lock import InstanceLock
    from tierdeps.model import Plan

#: How many damaged journals one start sets aside: another start may write the next one meanwhile.
MAX_SET_ASIDE = 2
#: Of more drivers the durations of earlier runs are not read only to say how long the start will take.
MAX_EXPECTED = 5000
#: The maximal number of names that are listed; further ones are counted.
MAX_NAMES_SHOWN = 12


class RecordedRun(Value):
    """What the journal knows of earlier runs, and the recorder of this one; None if the journal cannot be written."""

    recorder: Recorder | None = None
    info: RunInfo | None = None
    #: The other runs that go on.
    alive: tuple[RunInfo, ...] = ()
    orphaned: frozenset[str] = frozenset()
    durations: Mapping[str, float] = field(default_factory=dict)
    #: By host, the drivers that earlier runs may have left up there.
    held: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: The key of the instance, by which its processes are known; empty if nothing can be written at all.
    key: str = ""

    def moved(self, instance: Instance) -> None:
        """Record the path to which the name of the instance resolves now: a reload may follow a switched link."""
        if self.recorder is not None and self.info is not None and instance.real != self.info.real:
            self.recorder.path_changed(replace(self.info, real=instance.real))


@contextmanager
def record_run(
    session: Session, options: StartOptions, instance: Instance, plan: Plan, socket: Path
) -> Iterator[RecordedRun]:
    """Record a run until the end of the block. Raises AlreadyRunning if the instance runs already."""
    from tierdeps.journal import JournalError
    from tierdeps.journal.instance_lock import InstanceLock

    with ExitStack() as stack:
        lock = stack.enter_context(InstanceLock())
        start = partial(_open_journal, stack, lock, session, options, instance, plan, socket)
        try:
            record = _start_in_usable_journal(session, start)
        except JournalError as error:
            locked = lock.take(instance.key, instance.title)
            _go_on_without_journal(session, options, error)
            record = RecordedRun(key=instance.key if locked else "")
        if record.orphaned:
            session.info(f"note: {_orphaned_text(record.orphaned)}")
        yield record


def _start_in_usable_journal(session: Session, start: Callable[[Sequence[RunRecord]], RecordedRun]) -> RecordedRun:
    """Start recording, whatever the journal contains: a damaged one is set aside, and a new one made.

    Runs that go on are carried over as far as they can be read, so that they still can be found and stopped.
    """
    from tierdeps.journal import DamagedJournal, journal_path
    from tierdeps.journal.quarantine import file_id, quarantine
    from tierdeps.journal.salvage import live_runs

    carried: tuple[RunRecord, ...] = ()
    for _ in range(MAX_SET_ASIDE):
        seen = file_id(journal_path())
        try:
            return start(carried)
        except DamagedJournal as error:
            aside = quarantine(journal_path(), seen)
            if aside is not None:
                session.info(f"note: the journal {error.path} {error.what}; it was renamed to {aside.name}")
                carried = live_runs(aside) or carried
    return start(carried)


def _open_journal(
    stack: ExitStack,
    lock: InstanceLock,
    session: Session,
    options: StartOptions,
    instance: Instance,
    plan: Plan,
    socket: Path,
    carried: Sequence[RunRecord],
) -> RecordedRun:
    """Open the journal until the end of the stack, and start recording in it."""
    from tierdeps.journal import Journal

    with ExitStack() as opened:
        journal = opened.enter_context(Journal.open())
        journal.transfer(carried)
        record = _start_recording(session, journal, lock, options, instance, plan, socket)
        stack.push(opened.pop_all())
    return record


def _go_on_without_journal(session: Session, options: StartOptions, error: JournalError) -> None:
    """Print that a run is not recorded. Raises RunError for one in the background: nobody could find it again."""
    if options.caller is not None:
        raise RunError(f"{error}; tierdeps needs it to find what runs in the background, so nothing was started")
    if options.leave:
        raise RunError(f"{error}; tierdeps needs it to find what is left running, so nothing was started")
    session.info(f"note: this run is not recorded: {error}")


def _start_recording(
    session: Session,
    journal: Journal,
    lock: InstanceLock,
    options: StartOptions,
    instance: Instance,
    plan: Plan,
    socket: Path,
) -> RecordedRun:
    from tierdeps.cli.run.earlier_runs import held_elsewhere
    from tierdeps.journal import RunInfo

    key = journal.key_of(instance)
    info = RunInfo.here(
        instance,
        _identity(plan),
        key=key,
        mode=options.mode,
        socket=str(socket),
        timeout=options.timeout,
        stop_timeout=options.stop_timeout,
        deadline=options.deadline,
        engine=options.engine or session.settings.engine,
        jobs=options.jobs,
        on_failure=options.failure_policy,
    )
    if options.scheduler is not None:
        tls = () if options.tls is None else (options.tls.ca, options.tls.cert, options.tls.key)
        info = replace(info, scheduler=options.scheduler, tls=tls)
    journal.check_not_running(info)
    for name in (instance.key, key):
        lock.take(name, instance.title)
    held = held_elsewhere(journal, key, plan) if options.scheduler is not None else {}
    recorder = journal.start_run(info, plan)
    recorder.warn = lambda problem: session.info(f"note: {problem}")
    needed = options.jobs is not None or (len(plan.drivers) <= MAX_EXPECTED and draws_picture(session, options))
    durations = journal.durations(plan, key) if needed else {}
    alive = tuple(run.info for run in journal.alive())
    return RecordedRun(recorder, info, alive, journal.orphaned(key), durations, held, key)


def _identity(plan: Plan) -> str:
    """Return a digest of a plan and of its drivers' lifecycles and processes, which the plan's own omits."""
    kinds = [f"{driver.name} {reference(driver.lifecycle)} {driver.process}" for driver in plan]
    return sha256("\0".join((plan.digest, *kinds)).encode("utf-8", "backslashreplace")).hexdigest()


def _orphaned_text(orphaned: frozenset[str]) -> str:
    """Return which drivers the last run had started when it was killed."""
    names = sorted(orphaned)
    more = f", and {len(names) - MAX_NAMES_SHOWN} more" if len(names) > MAX_NAMES_SHOWN else ""
    listed = ", ".join(names[:MAX_NAMES_SHOWN]) + more
    return (
        f"the last run was killed while {counted(len(names), 'driver')} had started: {listed};"
        " each is adopted if it still runs, and started again if not"
    )
