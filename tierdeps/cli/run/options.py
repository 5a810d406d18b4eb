"""The options of ``start`` as one frozen value, and the plan that they select."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.frozen import Value, replace
from tierdeps._util.text import printable
from tierdeps.cli._completion import engine_names, file_names
from tierdeps.cli._fleet_options import check_scheduler, scheduler_option, tls_options
from tierdeps.cli._help import Option
from tierdeps.cli._locked import locked_option, locked_plan
from tierdeps.cli._options import SECONDS, events_option
from tierdeps.cli.run.caller import CallerLink, caller_option
from tierdeps.errors import UnknownNameError

if TYPE_CHECKING:
    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._options import Command
    from tierdeps.cli._session import Session
    from tierdeps.cli.run.host_facts import HostFacts
    from tierdeps.engines import Engine, EngineOptions, TlsFiles
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Plan


#: The engine that ``--dry-run`` stands for.
DRY_RUN = "dry-run"
LOCAL, DASK = "local", "dask"


class StartOptions(Value):
    """What to start, under which limits, and what happens to it after the start; times are in seconds.

    ``detach`` requests a start in the background; ``caller`` is set in the background process that such a start makes.
    ``partial`` is None where the graph is to decide, and ``on_failure`` where that is.
    """

    once: bool = False
    leave: bool = False
    replace_changed: bool = False
    watch: bool = False
    watch_paths: tuple[str, ...] = ()
    detach: bool = False
    caller: CallerLink | None = None
    dry_run: bool = False
    engine: str | None = None
    scheduler: str | None = None
    tls: TlsFiles | None = None
    locked: str | None = None
    partial: bool | None = None
    on_failure: str | None = None
    jobs: int | None = None
    timeout: float = 90.0
    stop_timeout: float = 30.0
    deadline: float = 1800.0
    format_name: str = "text"
    #: What asks the hosts of the engine for their facts, once the engine is chosen.
    host_facts: HostFacts | None = None

    def __post_init__(self) -> None:
        modes = (("--once", self.once), ("--leave-running", self.leave), ("--detach", self.detach))
        chosen = [name for name, is_set in modes if is_set]
        if len(chosen) > 1:
            raise click.UsageError(f"{' and '.join(chosen)} cannot be combined; choose one of them")
        if self.watches and (ends := [name for name, is_set in modes[:2] if is_set]):
            raise click.UsageError(f"--watch and {ends[0]} cannot be combined: that start exits by itself")
        if self.dry_run and self.engine not in (None, DRY_RUN):
            raise click.UsageError(f"--dry-run and --engine {self.engine} cannot be combined; choose one of them")
        if self.scheduler is not None:
            check_scheduler(self.scheduler, self.tls)
        elif self.tls is not None:
            raise click.UsageError("the --tls options need --scheduler")

    def of(self, graph: DependencyGraph) -> StartOptions:
        """Return the options for a graph, which may decide whether the start is partial."""
        partial = graph.declarations.partial if self.partial is None else self.partial
        return replace(self, partial=partial)

    def for_engine(self, key: str = "") -> EngineOptions:
        """Return what an engine gets to know of a run; ``key`` is that of its instance."""
        from tierdeps.engines import EngineOptions

        return EngineOptions(
            key,
            keep=self.leave,
            replace=self.replace_changed,
            scheduler=self.scheduler,
            tls=self.tls,
            host_facts={} if self.host_facts is None else self.host_facts.used,
        )

    @property
    def watches(self) -> bool:
        """Whether the run reloads when files change."""
        return self.watch or bool(self.watch_paths)

    @property
    def failure_policy(self) -> str:
        """What a failure does to the others."""
        return self.on_failure or ("isolate" if self.partial else "abort")

    @property
    def mode(self) -> str:
        """The name of the mode in the journal."""
        if self.caller is not None:
            return "detached"
        return "once" if self.once else "leave-running" if self.leave else "foreground"


def start_options(function: Command) -> Command:
    """Add the options of ``start``, and pass them on as one ``options``."""

    @click.option("--once", is_flag=True, help="Start everything, report, and stop it again.")
    @click.option("--leave-running", "leave", is_flag=True, help="Start everything, report and exit; stop nothing.")
    @click.option(
        "--replace-changed",
        is_flag=True,
        help="Restart what an earlier --leave-running left, if its command, cwd, env or user has changed.",
    )
    @click.option("--detach", is_flag=True, help="Start in the background, report and exit; tierdeps stop ends it.")
    @click.option("--watch", is_flag=True, help="Reload when a graph file, an env file or the settings change.")
    @click.option(
        "--watch-path",
        "watch_paths",
        multiple=True,
        metavar="PATH",
        shell_complete=file_names,
        help="Reload when this file, or a file in this folder, changes; may be repeated.",
    )
    @caller_option
    @click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing: --engine dry-run.")
    @click.option(
        "--engine",
        metavar="NAME",
        help="Engine that runs the drivers: local (this process), dask (a fleet), dry-run, or one that a plugin adds"
        " [default: engine in the settings, else local].",
        shell_complete=engine_names,
    )
    @scheduler_option
    @tls_options
    @locked_option
    @_limits
    @events_option
    @wraps(function)
    def wrapper(**values: Any) -> None:
        chosen = {name: values.pop(name) for name in StartOptions.__struct_fields__ if name in values}
        function(options=StartOptions(**chosen), **values)

    return wrapper


def _limits(function: Command) -> Command:
    """Add the options that say what is started, and under which limits."""

    def seconds(name: str, default: int, text: str) -> Any:
        return option(name, type=SECONDS, default=default, show_default=True, metavar="S", help=text)

    option = partial(click.option, cls=Option, group="Selection and limits")
    options = (
        option(
            "--all",
            "all_drivers",
            is_flag=True,
            help="Also start what drivers would leave alone, such as guests that somebody shut down; sets all = true in"
            " [defaults] of the settings.",
        ),
        option(
            "--partial/--no-partial",
            default=None,
            help="Start what can start: an error in the graph blocks only the drivers that it concerns and those that"
            " require them; exit 4 [default: depends on the kind of graph].",
        ),
        option(
            "--on-failure",
            type=click.Choice(["abort", "isolate", "ignore"]),
            help="If a driver fails: stop all (abort), block only what requires it (isolate), or go on as if it were"
            " ready (ignore) [default: abort; isolate with --partial].",
        ),
        option("--jobs", type=click.IntRange(min=1), metavar="N", help="Start at most N drivers at the same time."),
        seconds("--timeout", 90, "Time limit for each phase, in seconds."),
        seconds("--stop-timeout", 30, "Time limit for each stop, in seconds."),
        seconds("--deadline", 1800, "Time limit for the whole run, in seconds."),
    )
    for decorate in reversed(options):
        function = decorate(function)
    return function


def make_plan(session: Session, graph: DependencyGraph, graph_request: GraphRequest, options: StartOptions) -> Plan:
    """Return the plan of the active part of a graph, with the facts of its hosts, or of the lock.

    Exits with 1 and the findings if the graph has errors and the start is not partial, or if the lock does not match it
    any more; also if processes of the plan cannot be started on this host.
    """
    if options.host_facts is not None:
        graph = options.host_facts.added_to(session, graph, options.for_engine())
    if options.locked is not None:
        _, plan = locked_plan(session, graph, graph_request, options.locked)
    elif options.of(graph).partial:
        return _partial_plan(session, graph)
    else:
        session.refuse_errors(graph)
        plan = graph.collapse()
    if not options.dry_run and (options.engine or session.settings.engine) == LOCAL:
        from tierdeps.cli.run.verify_start import start_findings

        session.refuse(tuple(start_findings(plan, options.failure_policy)))
    return plan


def _partial_plan(session: Session, graph: DependencyGraph) -> Plan:
    """Return the plan of what can start, and print what keeps the rest from it."""
    findings = session.run_rules_for_plan(graph).report().findings
    session.report_errors(findings)
    if not any(finding.severity == "error" for finding in findings):
        return graph.collapse()
    from tierdeps.graph.errors import GraphError
    from tierdeps.graph.partial import partial_plan

    try:
        return partial_plan(graph, findings)
    except GraphError as error:
        session.error([f"error: nothing can start: {printable(str(error))}"])
        raise click.exceptions.Exit(1) from None


def chosen_engine(session: Session, options: StartOptions) -> Engine:
    """Return the engine that the command line names, or else the settings. Raises UnknownNameError."""
    name = DRY_RUN if options.dry_run else options.engine or session.settings.engine
    engines = {engine.name: engine for engine in session.manager.engines()}
    session.refuse_broken()
    if name not in engines:
        raise UnknownNameError("engine", name, engines)
    if options.scheduler is not None and name in (LOCAL, DRY_RUN):
        raise click.UsageError(f"the engine {name} uses no scheduler; add --engine dask")
    if name == DASK and options.leave and options.scheduler is None:
        raise click.UsageError(
            "--leave-running with the engine dask needs --scheduler: workers that the start has started end with it"
        )
    engine = engines[name]
    if engine.require is not None:
        engine.require()
    return engine
