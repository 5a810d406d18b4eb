"""The runs of ``shake``, each on an event loop of its own."""

from __future__ import annotations

import asyncio
import shlex
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

from tierdeps._util.interrupts import ENDING_SIGNALS
from tierdeps._util.state_dir import reason_of
from tierdeps.cli.output.progress import PROGRESS
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator
    from types import FrameType

    from tierdeps.cli._session import Session
    from tierdeps.cli._shake_options import ShakeOptions
    from tierdeps.engines import Engine
    from tierdeps.executor import Executor
    from tierdeps.model import Plan
    from tierdeps.reporters import Reporter
    from tierdeps.shake.evidence import Trial
    from tierdeps.shake.late import LateStart
    from tierdeps.shake.outcome import Shaken
    from tierdeps.shake.steps import Steps
    from tierdeps.shake.watch.run import Watched
    from tierdeps.shake.watch.tracer import Tracer


class Runs:
    """Makes the runs on event loops of their own; a signal stops the one that runs, and is the end of all."""

    def __init__(self, session: Session, options: ShakeOptions, plan: Plan, engine: Engine) -> None:
        self._session = session
        self._options = options
        self.plan = plan
        self._engine = engine
        self._made = 0
        self._until = None if options.budget is None else monotonic() + options.budget
        self.interrupted = False

    def shake(self) -> Shaken:
        """Make the runs, and return what they have shown."""
        from tierdeps.processes.open_files import raise_limit
        from tierdeps.shake.outcome import Limits
        from tierdeps.shake.shaker import Shaker
        from tierdeps.shake.slow import SlowShaker

        raise_limit()
        options = self._options
        limits = Limits(
            options.runs,
            options.seed,
            options.across_tiers,
            options.phases,
            options.drivers,
            resets=options.reset is not None,
        )
        with self._ending_on_signals():
            if options.slow:
                return SlowShaker(self.plan, self._perform_late, limits).run()
            return Shaker(self.plan, self._perform, limits).run()

    def _perform(self, steps: Steps, order: tuple[int, ...]) -> Trial | None:
        from tierdeps.shake.run import perform

        title = ", ".join(str(steps.steps[number]) for number in order)
        return self._one(title, lambda: perform(self.plan, steps, order, self._make))

    def _perform_late(self, steps: Steps, start: LateStart) -> Trial | None:
        from tierdeps.shake.late import Lateness, perform_late

        lateness = Lateness(self._options.slow_time, self._options.across_tiers)
        late = " and ".join(steps.steps[number].driver for number in start.late)
        title = f"{late} {'is' if len(start.late) == 1 else 'are'} late" if late else "nothing is late"
        return self._one(title, lambda: perform_late(self.plan, steps, start, lateness, self._make))

    def _one(self, title: str, run: Callable[[], Coroutine[None, None, Trial]]) -> Trial | None:
        """Make one run; None where there is no time for it any more."""
        if self.interrupted or (self._made and self._until is not None and monotonic() > self._until):
            return None
        self._made += 1
        PROGRESS.step(self._made, f"run {self._made}")
        if self._session.verbose:
            self._session.info(f"run {self._made}: {title}")
        self._reset()
        return None if self.interrupted else asyncio.run(self._run(run))

    def _reset(self) -> None:
        """Undo what earlier runs left. Raises RunError where the command for that fails."""
        if self._options.reset is None:
            return
        command = self._options.reset
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603  the user's own
        except OSError as error:
            raise RunError(f"--reset: {command[0]!r} cannot be run: {reason_of(error)}") from None
        if done.returncode and not self.interrupted:  # the signal may have ended the command as well
            said = done.stderr.strip().rpartition("\n")[2]
            why = f"failed with {done.returncode}{f': {said}' if said else ''}"
            raise RunError(f"--reset: the command {shlex.join(command)!r} {why}")

    def watch(self) -> Watched:
        """Make one run and watch it. Raises RunError where processes cannot be watched."""
        from tierdeps.shake.watch.tracer import chosen_tracer

        tracer = None
        if any(driver.process is not None for driver in self.plan):
            tracer = chosen_tracer()
            if tracer is None:
                raise RunError(
                    "--watch needs strace to watch processes; install the package strace"
                    " (or, for root, bpftrace, with tracefs mounted at /sys/kernel/tracing)"
                )
            if self._session.verbose:
                self._session.info(f"processes are watched by {type(tracer).__name__.lower()}")
        self._reset()
        with TemporaryDirectory(prefix="tierdeps-") as folder:
            return asyncio.run(self._watch(Path(folder), tracer))

    async def _watch(self, folder: Path, tracer: Tracer | None) -> Watched:
        from tierdeps.shake.steps import steps_of
        from tierdeps.shake.watch.run import watch

        options = self._options
        steps = steps_of(self.plan, across_tiers=options.across_tiers)
        with self._stopping_on_signals():
            return await watch(
                self.plan, steps, self._make, folder, options.drivers, tracer=tracer, stay_up=options.watch_time
            )

    async def _run(self, run: Callable[[], Coroutine[None, None, Trial]]) -> Trial:
        with self._stopping_on_signals():
            return await run()

    def _make(self, plan: Plan, reporters: Iterable[Reporter]) -> Executor:
        from tierdeps.executor import Executor

        self._executor = Executor(
            plan,
            engine=self._engine,
            reporters=reporters,
            settings=self._session.settings,
            on_failure="isolate",
            timeout=self._options.timeout,
            stop_timeout=self._options.stop_timeout,
            seed=self._options.seed,
            allow_empty=True,
        )
        return self._executor

    @contextmanager
    def _ending_on_signals(self) -> Iterator[None]:
        """Let a signal between two runs be the end of all; one more ends the command as always."""
        before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
        handled = [number for number, handler in before.items() if handler is not signal.SIG_IGN]

        def end(number: int, frame: FrameType | None) -> None:
            del frame
            signal.signal(number, before[signal.Signals(number)])
            self.interrupted = True

        for number in handled:
            signal.signal(number, end)
        try:
            yield
        finally:
            for number in handled:
                signal.signal(number, before[number])

    @contextmanager
    def _stopping_on_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
        handled = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
        for number in handled:
            loop.add_signal_handler(number, self._interrupt)
        try:
            yield
        finally:
            for number in handled:
                loop.remove_signal_handler(number)
                signal.signal(number, before[number])

    def _interrupt(self) -> None:
        if self.interrupted:
            self._executor.expedite()
        else:
            self._session.info("stopping; to stop faster, interrupt again")
        self.interrupted = True
        self._executor.request_stop()
