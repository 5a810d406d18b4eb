"""Simulate many restarts and count what starts too early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.interrupts import INTERRUPTED, Interruptible
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._help import Command
from tierdeps.cli._options import format_option, graph_options, session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.progress import PROGRESS
from tierdeps.cli.output.terminal import progress
from tierdeps.errors import RunError
from tierdeps.model import Schedule

if TYPE_CHECKING:
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Plan, Simulation


@click.command(
    "simulate",
    cls=Command,
    examples=(
        ("tierdeps simulate --schedule two-pass graph.toml", "Count what a start phase by phase gets wrong."),
        ("tierdeps simulate --restarts 1000 --seed 1 graph.toml", "Simulate fewer restarts, with other durations."),
        (
            "tierdeps simulate --what-if storage:autostart=x2 graph.toml",
            "Compare with a step that takes twice as long.",
        ),
    ),
)
@graph_options
@click.option(
    "--restarts", type=click.IntRange(min=1), default=10_000, show_default=True, metavar="N", help="Number of restarts."
)
@click.option(
    "--seed",
    type=int,
    default=7,
    show_default=True,
    metavar="N",
    help="Seed of random durations.",
)
@click.option(
    "--schedule",
    type=click.Choice([str(schedule) for schedule in Schedule]),
    default="plan",
    show_default=True,
    help="Order of steps: as declared (registration), phase by phase as libvirt 1.2.1 did (two-pass), or as tierdeps"
    " start does (plan).",
)
@click.option(
    "--what-if",
    "what_if",
    multiple=True,
    metavar="STEP=CHANGE",
    help="Simulate a changed timing as well, with the same random numbers, and compare: DRIVER[:PHASE]=x2 takes twice"
    " as long, DRIVER[:PHASE]=TIMING has another timing. Repeatable; all changes are made together.",
)
@click.option(
    "--executor",
    "by_executor",
    is_flag=True,
    help="Run each restart through the executor, which takes much longer. Otherwise start and end of all steps are"
    " computed, and one restart in 1000 is run by the executor to verify that.",
)
@format_option("text", "json")
@session_options
def command(
    session: Session, graph_request: GraphRequest, restarts: int, schedule: str, format_name: str, **options: Any
) -> None:
    """Simulate many restarts and count what starts too early.

    Also prints how long restarts take, and which steps decide that. Time is simulated: each step takes a random time
    according to the timing of its driver. A driver that has a lifecycle class and no timing is really run once for each
    restart.

    Ctrl-C prints what was counted so far; once more ends it without.
    """
    graph = session.graph(graph_request)
    session.refuse_errors(graph)
    plan = graph.collapse()
    if not graph_request.allow_empty and all(driver.disabled for driver in plan):
        why = "every driver is disabled; enable one" if plan.drivers else "the plan has no driver; change the graph"
        raise RunError(f"there is nothing to simulate: {why}, or pass --allow-empty")
    runs = restarts * (1 + bool(options["what_if"]))
    with progress("simulating", runs, quiet=session.quiet), Interruptible() as interruptible:

        def goes_on(done: int) -> bool:
            PROGRESS.step(done)
            return not interruptible.requested

        result = _simulate(graph, plan, schedule=Schedule(schedule), restarts=restarts, goes_on=goes_on, **options)
    if not result.hit.of:
        raise click.exceptions.Exit(INTERRUPTED)
    _note_assumed(session, result)
    session.print("simulate", format_name, result)
    if result.interrupted:
        raise click.exceptions.Exit(INTERRUPTED)


def _simulate(graph: DependencyGraph, plan: Plan, **options: Any) -> Simulation:
    """Simulate restarts of the drivers of a graph, and compare with what its edges say."""
    from tierdeps.simulate import Need, simulate

    registered = [driver.name for driver in graph.declarations.drivers if driver.name in graph.drivers]
    needs = [Need(edge.dependent, edge.needed, edge.reason) for edge in graph.edges]
    return simulate(plan, registered, needs=needs, **options)


def _note_assumed(session: Session, result: Simulation) -> None:
    from tierdeps.simulate import DEFAULT_TIMING

    if result.assumed:
        some = "1 step has" if len(result.assumed) == 1 else f"{len(result.assumed)} steps have"
        session.info(f"note: {some} no timing; assuming {DEFAULT_TIMING} for each")
