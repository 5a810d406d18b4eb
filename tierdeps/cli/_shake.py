"""The work of ``shake``: the runs are made in this process, and the answer is written in the formats of ``check``."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tierdeps._util.interrupts import INTERRUPTED
from tierdeps.cli._shake_answer import answer_outputs, refuse_outputs, shaking_of, watching_of, write
from tierdeps.cli._shake_runs import Runs
from tierdeps.cli.output.terminal import progress
from tierdeps.cli.run import EXIT_FAILED
from tierdeps.errors import RunError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.cli._shake_options import ShakeOptions
    from tierdeps.engines import Engine


def shake(session: Session, graph_request: GraphRequest, options: ShakeOptions) -> int:
    """Make the runs and write the answer; return the exit code."""
    outputs = answer_outputs(session, options)  # first, so that a mistake in options starts nothing
    graph = session.graph(graph_request)
    for name in sorted(options.drivers - set(graph.drivers)):
        raise UnknownNameError("driver", name, graph.drivers)
    session.refuse_errors(graph)
    plan = graph.collapse()
    if plan.runs_nothing or not plan.drivers:
        raise RunError("there is nothing to run: no driver has a command or a lifecycle")
    refuse_outputs(session, graph_request, options, outputs, graph)
    with _exclusive(graph_request) as key, progress("shaking", quiet=session.quiet):
        runs = Runs(session, options, plan, _engine(session, key, options))
        if options.watch:
            shaking = watching_of(session, graph_request, options, graph, runs)
        else:
            shaken = runs.shake()
            shaking = shaking_of(session, graph_request, options, graph, shaken, interrupted=runs.interrupted)
    write(session, graph_request, options, outputs, shaking, graph)
    left = shaking.check.errors
    if options.fix:
        from tierdeps.cli._shake_fix import fix

        fixed = fix(session, graph_request, shaking)
        left = tuple(finding for finding in left if finding not in fixed)
    if shaking.interrupted:
        return INTERRUPTED
    if left and not options.exit_zero:
        return 1
    return EXIT_FAILED if shaking.check.failures else 0


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
