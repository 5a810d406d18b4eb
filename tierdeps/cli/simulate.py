"""Restart many times on simulated time, and count what would have started too early."""

from __future__ import annotations

import click

from tierdeps.cli._options import format_option, graph_options, session_options
from tierdeps.cli._session import GraphRequest, Session
from tierdeps.errors import RunError
from tierdeps.model import Schedule


@click.command("simulate")
@graph_options
@click.option(
    "--restarts", type=click.IntRange(min=1), default=10_000, show_default=True, metavar="N", help="How many."
)
@click.option("--seed", type=int, default=7, show_default=True, metavar="N", help="The same seed, the same restarts.")
@click.option(
    "--schedule",
    type=click.Choice([str(schedule) for schedule in Schedule]),
    default="plan",
    show_default=True,
    help="registration: as declared; two-pass: phase by phase, as libvirt 1.2.1 did; plan: as start does it.",
)
@format_option("text", "json")
@session_options
def command(
    session: Session,
    graph_request: GraphRequest,
    restarts: int,
    seed: int,
    schedule: str,
    format_name: str,
) -> None:
    """Restart many times on simulated time, and count what would have started too early.

    Drivers that have a lifecycle and no timing are really run, once for each restart; all others are stood in for.
    """
    graph = session.graph(graph_request)
    session.refuse_errors(graph)
    from tierdeps.simulate import DEFAULT_TIMING, Need, simulate

    registered = [driver.name for driver in graph.declarations.drivers]
    needs = [Need(edge.dependent, edge.needed, edge.reason) for edge in graph.edges]
    plan = graph.collapse()
    if not graph_request.allow_empty and all(driver.disabled for driver in plan):
        raise RunError("there is nothing to simulate: every driver is disabled; enable one, or pass --allow-empty")
    result = simulate(plan, registered, Schedule(schedule), restarts=restarts, seed=seed, needs=needs)
    if result.assumed:
        some = "1 step has" if len(result.assumed) == 1 else f"{len(result.assumed)} steps have"
        session.info(f"note: {some} no timing; {DEFAULT_TIMING} is taken for each")
    session.print("simulate", format_name, result)
