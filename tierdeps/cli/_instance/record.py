"""A run's place in the journal, where there is one to write to."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field
from tierdeps.errors import RunError
from tierdeps.lock import reference
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tierdeps.cli._instance.manner import Manner
    from tierdeps.cli._session import Session
    from tierdeps.journal import Instance, Journal, JournalError, Recorder, RunInfo, RunRecord
    from tierdeps.model import Plan

#: So many times a journal that is found damaged is set aside, should the next one be damaged, too.
ASIDE_AT_MOST = 2
#: More names than these are counted.
NAMED = 12


class Record(Value):
    """What the journal knows of earlier runs, and who writes this one down; nobody where it cannot be written."""

    recorder: Recorder | None = None
    info: RunInfo | None = None
    crashed: frozenset[str] = frozenset()
    durations: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key of the instance; empty where nothing can be written."""
        return "" if self.info is None else self.info.instance

    def moved(self, instance: Instance) -> None:
        """Take down where the name of the instance leads now."""
        if self.recorder is not None and self.info is not None and instance.real != self.info.real:
            self.recorder.moved(self.info._replace(real=instance.real))


@contextmanager
def recorded(session: Session, manner: Manner, instance: Instance, plan: Plan, socket: Path) -> Iterator[Record]:
    """Write a run down, from here to the end of the block; raises AlreadyRunning where the same one goes on."""
    from tierdeps.journal import JournalError

    with ExitStack() as stack:
        begin = partial(_opened, stack, session, manner, instance, plan, socket)
        try:
            record = _begun(session, begin)
        except JournalError as error:
            _go_without(session, manner, error)
            record = Record()
        if record.crashed:
            session.talk(f"note: {_left(record.crashed)}")
        yield record


def _begun(session: Session, begin: Callable[[Sequence[RunRecord]], Record]) -> Record:
    """Begin a run, whatever the journal holds: a damaged one is set aside, and the run recorded in a new one.

    Runs that go on, as far as the damaged one still tells, are carried over: they can be found and stopped.
    """
    from tierdeps.journal import DamagedJournal, journal_path
    from tierdeps.journal.aside import file_id, set_aside
    from tierdeps.journal.carrying import runs_that_go_on

    carried: tuple[RunRecord, ...] = ()
    for _ in range(ASIDE_AT_MOST):
        seen = file_id(journal_path())
        try:
            return begin(carried)
        except DamagedJournal as error:
            aside = set_aside(journal_path(), seen)
            if aside is not None:
                session.talk(f"note: the journal {error.path} {error.what}; it was set aside as {aside.name}")
                carried = runs_that_go_on(aside) or carried
    return begin(carried)


def _opened(
    stack: ExitStack,
    session: Session,
    manner: Manner,
    instance: Instance,
    plan: Plan,
    socket: Path,
    carried: Sequence[RunRecord],
) -> Record:
    """Open the journal until the end of the stack, and begin a run in it."""
    from tierdeps.journal import Journal

    with ExitStack() as opened:
        journal = opened.enter_context(Journal.open())
        journal.carry(carried)
        record = _begin(session, journal, manner, instance, plan, socket)
        stack.push(opened.pop_all())
    return record


def _go_without(session: Session, manner: Manner, error: JournalError) -> None:
    """Say that a run is not recorded; one that is not watched could never be found again, and is refused."""
    if manner.detached is not None:
        raise RunError(f"{error}; what runs in the background is found through it, so nothing was started")
    if manner.leave:
        raise RunError(f"{error}; what is left running is found through it, so nothing was started")
    session.talk(f"note: this run is not recorded: {error}")


def _begin(session: Session, journal: Journal, manner: Manner, instance: Instance, plan: Plan, socket: Path) -> Record:
    from tierdeps.journal import RunInfo

    key = journal.key_of(instance)
    info = RunInfo.here(
        instance,
        _identity(plan),
        key=key,
        mode=manner.mode,
        socket=str(socket),
        timeout=manner.timeout,
        stop_timeout=manner.stop_timeout,
        deadline=manner.deadline,
        jobs=manner.jobs,
        on_failure=manner.on_failure,
    )
    recorder = journal.begin(info, plan)
    recorder.tell = lambda problem: session.talk(f"note: {problem}")
    durations = journal.durations(plan, key) if manner.jobs is not None else {}
    return Record(recorder, info, journal.crashed(key), durations)


def _identity(plan: Plan) -> str:
    """Return what two runs of the same plan have in common: besides its order, what its drivers really are."""
    kinds = [f"{driver.name} {reference(driver.lifecycle)} {driver.process}" for driver in plan]
    return sha256("\0".join((plan.digest, *kinds)).encode("utf-8", "backslashreplace")).hexdigest()


def _left(crashed: frozenset[str]) -> str:
    """Say what the last run was in the midst of when it was killed."""
    names = sorted(crashed)
    more = f", and {len(names) - NAMED} more" if len(names) > NAMED else ""
    listed = ", ".join(names[:NAMED]) + more
    return (
        f"the last run was killed while {counted(len(names), 'driver')} had begun: {listed};"
        " each is asked whether it still runs, and else started anew"
    )
