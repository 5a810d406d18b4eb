"""Start all drivers; stop them in reverse on Ctrl-C or SIGTERM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from tierdeps._util.frozen import replace
from tierdeps.cli._drivers import GROUP, dependents_option, driver_option, perform, refuse_without_drivers
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._help import COMMON, RepeatableCommand
from tierdeps.cli._locked import LockedCommand
from tierdeps.cli._options import graph_options, session_options
from tierdeps.cli._session import Session
from tierdeps.cli._targets import with_targets
from tierdeps.cli.output.streams import STREAMS
from tierdeps.cli.run.host_facts import HostFacts
from tierdeps.cli.run.options import DRY_RUN, StartOptions, chosen_engine, make_plan, start_options
from tierdeps.cli.run.signals import StartSignals

if TYPE_CHECKING:
    from typing import NoReturn

    from tierdeps.engines import Engine
    from tierdeps.model import Plan, Report

#: The maximal number of drivers that are listed; further ones are counted.
MAX_NAMES = 5
#: The options that apply with ``--driver`` too, besides those of every command.
WITH_DRIVER = frozenset({"dry_run", "deadline", "format_name"})


class _Start(RepeatableCommand, LockedCommand):
    """Keeps its arguments as they are: a start in the background gets the same."""


@click.command(
    "start",
    cls=_Start,
    examples=(
        ("tierdeps start graph.toml", "Start everything; Ctrl-C stops it again."),
        ("tierdeps start --dry-run graph.toml", "Show what would be started, and in which order."),
        ("tierdeps start --detach graph.toml", "Start in the background; tierdeps stop graph.toml ends it."),
        ("tierdeps start --driver web graph.toml", "Start web of the running instance, which was stopped or lost."),
    ),
)
@graph_options
@with_targets
@start_options
@driver_option("start")
@dependents_option
@session_options
def command(
    session: Session,
    graph_request: GraphRequest,
    options: StartOptions,
    drivers: tuple[str, ...],
    dependents: bool | None,
) -> None:
    """Start all drivers; stop them in reverse on Ctrl-C or SIGTERM.

    With --driver, only these drivers of an instance that runs already are started, with what they require and what was
    stopped or blocked because of them.
    """
    refuse_without_drivers(drivers, dependents)
    if drivers:
        _refuse_other_options()
        perform(
            session,
            graph_request.given,
            "start",
            drivers,
            dependents=dependents,
            deadline=options.deadline,
            format_name="json" if options.format_name == "json" else "text",
            dry_run=options.dry_run,
        )
    with StartSignals() as signals:
        if options.detach and not (options.caller or options.dry_run or options.engine == DRY_RUN):
            from tierdeps.cli.run.background import start_in_background

            start_in_background(graph_request.graphs, options, click.get_current_context().obj, signals)
        if not options.dry_run:
            STREAMS.write_in_thread(as_json=options.format_name == "json")  # warnings wait for no reader either
        engine = chosen_engine(session, options)
        graph = session.graph(graph_request, locked=options.locked is not None)
        options = replace(options.of(graph), host_facts=HostFacts(engine))
        plan = make_plan(session, graph, graph_request, options)
        if engine.dry:
            _dry_run(session, graph_request, options, plan, engine)
        _note_idle_drivers(session, plan)
        from tierdeps.cli.run.runner import run_plan

        run_plan(session, graph_request, options, plan, engine, signals)


def _refuse_other_options() -> None:
    """Raise UsageError for options of a start that do not apply to drivers of a running instance."""
    context = click.get_current_context()
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        fits = getattr(parameter, "group", "") in (GROUP, COMMON) or parameter.name in WITH_DRIVER
        if given and isinstance(parameter, click.Option) and not fits:
            name = max(parameter.opts, key=len)
            raise click.UsageError(f"--driver starts drivers of a running instance, to which {name} does not apply")


def _note_idle_drivers(session: Session, plan: Plan) -> None:
    """Print which drivers nothing is run for, although they will be ready: milestones, if others are run."""
    idle = [driver.name for driver in plan if driver.runs_nothing]
    if not idle:
        return
    more = f" and {len(idle) - MAX_NAMES} more" if len(idle) > MAX_NAMES else ""
    names, one = f"{', '.join(idle[:MAX_NAMES])}{more}", len(idle) == 1
    text = f"nothing is run for {names}: {'it has' if one else 'they have'} neither a command nor a lifecycle"
    if len(idle) < len(plan.drivers):
        text += f"; {'it is a milestone' if one else 'they are milestones'}"
    session.info(f"note: {text}")


def _dry_run(
    session: Session, graph_request: GraphRequest, options: StartOptions, plan: Plan, engine: Engine
) -> NoReturn:
    """Print what would be done, and exit."""
    import asyncio

    from tierdeps.cli.run.reporting import answer_reporter
    from tierdeps.executor import Executor

    reporters = (answer_reporter(session, options, dry=True), *session.reporters())
    executor = Executor(
        plan,
        engine=engine,
        reporters=reporters,
        settings=session.settings,
        on_failure=options.failure_policy,
        allow_empty=graph_request.allow_empty,
    )

    async def dry_run() -> Report:
        await executor.start()
        return executor.release()

    raise click.exceptions.Exit(0 if asyncio.run(dry_run()).ok else 4)
