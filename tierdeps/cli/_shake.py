"""The work of ``shake``: the runs are made in this process, and the answer is written in the formats of ``check``."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import signal
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tierdeps._util.frozen import Value
from tierdeps._util.interrupts import ENDING_SIGNALS, INTERRUPTED
from tierdeps._util.state_dir import reason_of
from tierdeps.cli._baseline import BaselineOptions, Checked, compare_with_baseline
from tierdeps.cli.output.files import outputs_of, write_answer
from tierdeps.cli.output.progress import PROGRESS
from tierdeps.cli.run import EXIT_FAILED
from tierdeps.errors import RunError, UnknownNameError
from tierdeps.rule_codes import EXPIRED_BASELINE, STALE_BASELINE, UNDECLARED_DEPENDENCY

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.cli.output.files import Output
    from tierdeps.engines import Engine
    from tierdeps.executor import Executor
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import CheckReport, Finding, Plan, Shaking
    from tierdeps.reporters import Reporter
    from tierdeps.shake.evidence import Trial
    from tierdeps.shake.late import LateStart
    from tierdeps.shake.shaker import Shaken
    from tierdeps.shake.steps import Steps
    from tierdeps.shake.watch.run import Watched

#: The formats of this command; all others are those of ``check``.
OWN_FORMATS = frozenset({"text", "json"})
#: The rules that have something to say after these runs.
RULES = frozenset({UNDECLARED_DEPENDENCY.code, STALE_BASELINE.code, EXPIRED_BASELINE.code})


class ShakeOptions(Value):
    """The options of ``shake``; times are in seconds."""

    format_name: str = "text"
    outputs: tuple[str, ...] = ()
    across_tiers: bool = False
    phases: bool = False
    slow: bool = False
    slow_time: float = 2.0
    watch: bool = False
    watch_time: float = 2.0
    drivers: frozenset[str] = frozenset()
    runs: int | None = None
    budget: float | None = None
    reset: tuple[str, ...] | None = None
    seed: int = 0
    timeout: float = 90.0
    stop_timeout: float = 30.0
    fix: bool = False
    exit_zero: bool = False
    show_known: bool = False
    baseline: BaselineOptions = BaselineOptions()


def shake(session: Session, graph_request: GraphRequest, options: ShakeOptions) -> int:
    """Make the runs and write the answer; return the exit code."""
    outputs = _outputs(session, options)  # first, so that a mistake in options starts nothing
    graph = session.graph(graph_request)
    for name in sorted(options.drivers - set(graph.drivers)):
        raise UnknownNameError("driver", name, graph.drivers)
    session.refuse_errors(graph)
    plan = graph.collapse()
    if plan.runs_nothing or not plan.drivers:
        raise RunError("there is nothing to run: no driver has a command or a lifecycle")
    with _exclusive(graph_request) as key, PROGRESS.shown("shaking", quiet=session.quiet):
        runs = _Runs(session, options, plan, _engine(session, key, options))
        if options.watch:
            shaking = _watch(session, graph_request, options, graph, runs)
        else:
            shaken = runs.shake()
            shaking = _shaking(session, graph_request, options, graph, shaken, interrupted=runs.interrupted)
    _write(session, graph_request, options, outputs, shaking)
    if options.fix:
        from tierdeps.cli._shake_fix import fix

        fix(session, graph_request, shaking)
    if shaking.interrupted:
        return INTERRUPTED
    if not shaking.check.ok:
        return 0 if options.exit_zero else 1
    return EXIT_FAILED if shaking.always else 0


def _engine(session: Session, key: str, options: ShakeOptions) -> Engine:
    from tierdeps.cli.run.options import LOCAL, StartOptions, chosen_engine
    from tierdeps.engines import EngineOptions

    engine = chosen_engine(session, StartOptions())
    if engine.dry:
        raise RunError(f"the engine {engine.name} runs nothing; set another engine in the settings")
    if options.slow and engine.name != LOCAL:
        raise RunError(f"--slow needs the engine {LOCAL}; the settings name {engine.name}")
    return engine.configured(EngineOptions(key))


@contextmanager
def _exclusive(graph_request: GraphRequest) -> Iterator[str]:
    """Keep other runs of the same graphs out; yield the key by which their processes are known.

    Raises AlreadyRunning if they run already.
    """
    from tierdeps.journal import Journal, JournalError, instance_of
    from tierdeps.journal.instance_lock import InstanceLock

    instance = instance_of(graph_request.graphs)
    with ExitStack() as stack:
        try:
            with Journal.open() as journal:
                key = journal.key_of(instance)
        except JournalError:
            key = instance.key
        lock = stack.enter_context(InstanceLock())
        for name in dict.fromkeys((instance.key, key)):
            lock.take(name, instance.title)
        yield key


class _Runs:
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
        from tierdeps.shake.shaker import Limits, Shaker
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
        title = "nothing is late" if start.late is None else f"{steps.steps[start.late].driver} is late"
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
        return asyncio.run(self._run(run))

    def _reset(self) -> None:
        """Undo what earlier runs left. Raises RunError where the command for that fails."""
        if self._options.reset is None:
            return
        command = self._options.reset
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603  the user's own
        except OSError as error:
            raise RunError(f"--reset: {command[0]!r} cannot be run: {reason_of(error)}") from None
        if done.returncode:
            said = done.stderr.strip().rpartition("\n")[2]
            why = f"failed with {done.returncode}{f': {said}' if said else ''}"
            raise RunError(f"--reset: the command {shlex.join(command)!r} {why}")

    def watch(self) -> Watched:
        """Make one run and watch it. Raises RunError where strace is needed and not installed."""
        if any(driver.process is not None for driver in self.plan) and shutil.which("strace") is None:
            raise RunError("--watch needs strace to watch processes; install the package strace")
        self._reset()
        with TemporaryDirectory(prefix="tierdeps-") as folder:
            return asyncio.run(self._watch(Path(folder)))

    async def _watch(self, folder: Path) -> Watched:
        from tierdeps.shake.steps import steps_of
        from tierdeps.shake.watch.run import watch

        options = self._options
        steps = steps_of(self.plan, across_tiers=options.across_tiers)
        with self._stopping_on_signals():
            return await watch(self.plan, steps, self._make, folder, options.drivers, stay_up=options.watch_time)

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


def _watch(
    session: Session, graph_request: GraphRequest, options: ShakeOptions, graph: DependencyGraph, runs: _Runs
) -> Shaking:
    """Watch one run, and return what it has shown; what failed in it has shown less."""
    from tierdeps.model import Always, Shaking
    from tierdeps.shake.findings import watched_findings_of
    from tierdeps.shake.steps import steps_of

    watched = runs.watch()
    steps = steps_of(runs.plan, across_tiers=options.across_tiers).steps
    failed = (item for item in watched.trial.observations if item.failed and not item.skipped)
    return Shaking(
        _checked(session, graph_request, options, graph, watched_findings_of(watched.undeclared, graph), whole=False),
        options.seed,
        1,
        0,
        0,
        0,
        always=tuple(Always(steps[item.target.step], item.reason, stops=item.target.stops) for item in failed),
        complete=not runs.interrupted,
        interrupted=runs.interrupted,
        watched=True,
        unused=watched.unused,
    )


def _shaking(
    session: Session,
    graph_request: GraphRequest,
    options: ShakeOptions,
    graph: DependencyGraph,
    shaken: Shaken,
    *,
    interrupted: bool,
) -> Shaking:
    from tierdeps.model import Shaking
    from tierdeps.shake.findings import always_of, findings_of, flaky_of

    steps = shaken.steps.steps
    # of what this run did not look for, another one may still find what the baseline excuses
    whole = options.across_tiers and not (shaken.interrupted or options.drivers or options.slow)
    return Shaking(
        _checked(session, graph_request, options, graph, findings_of(shaken, graph), whole=whole),
        options.seed,
        shaken.runs,
        shaken.orders,
        shaken.coverage.pairs,
        shaken.coverage.covered,
        flaky_of(shaken),
        always_of(shaken),
        shaken.excluded,
        tuple(steps[target.step] for target in shaken.unfinished),
        complete=not shaken.interrupted,
        interrupted=interrupted,
        slow=options.slow,
    )


def _checked(
    session: Session,
    graph_request: GraphRequest,
    options: ShakeOptions,
    graph: DependencyGraph,
    findings: Iterable[Finding],
    *,
    whole: bool,
) -> CheckReport:
    """Return the report of the findings, compared with the baseline."""
    from tierdeps.rules import RuleContext
    from tierdeps.rules.runner import RuleRun, Selection

    settings = session.settings
    selection = Selection((), settings.ignore, dict(settings.severity), dict(settings.hints))
    known = session.manager.rules()
    silent = {rule.code for rule in known} - RULES
    if not whole:
        silent.add(UNDECLARED_DEPENDENCY.code)
    rules = tuple(rule for rule in known if rule.code in RULES)
    found = tuple(map(selection.apply_severity, findings))
    context = RuleContext(graph, session.loaded.plugins)
    rule_run = RuleRun(context, selection, rules, frozenset(silent), found)
    (diff,) = compare_with_baseline(session, options.baseline, (Checked(graph_request, rule_run),))
    return rule_run.report(diff)


def _outputs(session: Session, options: ShakeOptions) -> tuple[Output, ...]:
    source = click.get_current_context().get_parameter_source("format_name")
    choice = None if source is ParameterSource.DEFAULT else options.format_name
    known = {item.name for item in session.manager.formats("check")}
    if options.format_name not in known:
        raise UnknownNameError("format of 'shake'", options.format_name, known)
    return outputs_of(options.outputs, choice, known)


def _write(
    session: Session,
    graph_request: GraphRequest,
    options: ShakeOptions,
    outputs: tuple[Output, ...],
    shaking: Shaking,
) -> None:
    """Write the files and print the answer; everything is rendered before the first file is written."""
    from tierdeps.cli._check import code_locations

    report = shaking.check
    locations = code_locations(session, outputs, (*report.findings, *report.known), graph_request.graphs)

    def render(output: Output) -> str:
        view: dict[str, Any] = {"limit": None, "known": options.show_known}
        if output.file != "-":
            view["color"] = False
        if output.format in OWN_FORMATS:
            return session.render("shake", output.format, shaking, **view)
        return session.render("check", output.format, report, locations=locations, **view)

    for output, text in [(output, render(output)) for output in outputs]:
        write_answer(output.file, text, pager=session.pager)
