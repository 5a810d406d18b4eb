"""Explain why driver A is where it is, or how it depends on driver B."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps.cli._completion import driver_names, file_names
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._help import Command
from tierdeps.cli._options import assume_option, facts_of, format_option, session_options, uri_option
from tierdeps.cli._reading import reading_options
from tierdeps.cli._session import Session
from tierdeps.cli._targets import target_option
from tierdeps.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from tierdeps.graph import DependencyGraph


@click.command(
    "why",
    cls=Command,
    examples=(
        ("tierdeps why storage --graph graph.toml", "Explain the tier and the stage of storage."),
        ("tierdeps why qemu storage", "Show how qemu comes to depend on storage."),
        ("tierdeps why qemu --tree --depth 2", "Show what qemu needs, two levels deep."),
    ),
)
@click.argument("driver", metavar="A", shell_complete=driver_names)
@click.argument("other", metavar="[B]", required=False, shell_complete=driver_names)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    metavar="GRAPH",
    help="Graph file or folder, or - for standard input; may be repeated.",
    shell_complete=file_names,
)
@assume_option
@target_option
@uri_option
@reading_options
@format_option("text", "json")
@click.option("--all", "everything", is_flag=True, help="Show long chains in full, not only their two ends.")
@click.option("--tree", is_flag=True, help="Show what A needs as a tree, instead of why it is where it is.")
@click.option("--dependents", is_flag=True, help="Show what needs A as a tree.")
@click.option("--depth", type=click.IntRange(min=1), metavar="N", help="Show at most N levels of a tree.")
@session_options
def command(
    session: Session,
    driver: str,
    other: str | None,
    graphs: tuple[str, ...],
    assume: tuple[tuple[str, bool], ...],
    targets: tuple[str, ...],
    format_name: str,
    everything: bool,
    tree: bool,
    dependents: bool,
    depth: int | None,
) -> None:
    """Explain why driver A is where it is, or how it depends on driver B."""
    from tierdeps.analysis.why import explain_placement, explain_route

    if driver == other:
        raise click.UsageError(f"{driver!r} is named twice; for why it is where it is: tierdeps why {driver}")
    _check_tree_options(other, depth, tree=tree, dependents=dependents)
    graph_request = session.resolve(GraphRequest(assumed=facts_of(assume), given=graphs, targets=targets))
    graph = session.graph(graph_request)
    session.warn_of_unused(graph_request.statements, graph.whole.mentioned_facts)
    for name in (driver, other):
        if name is not None:
            _check_known(graph, name)
    if tree or dependents:
        from tierdeps.words.tree import Tree, branches

        hosts = {name: one.host for name, one in graph.drivers.items() if one.host is not None}
        found = Tree((driver,), branches(graph.edges, upwards=dependents), depth, hosts)
        session.print("tree", format_name, found)
        return
    answer = explain_placement(graph, driver) if other is None else explain_route(graph, driver, other)
    session.print("why", format_name, answer, limit=None if everything else 20)


def _check_tree_options(other: str | None, depth: int | None, *, tree: bool, dependents: bool) -> None:
    """Raise UsageError for options that do not fit together."""
    if tree and dependents:
        raise click.UsageError("--tree shows what A needs and --dependents what needs A; choose one of them")
    if (tree or dependents) and other is not None:
        raise click.UsageError(f"--{'tree' if tree else 'dependents'} is about one driver; omit {other!r}")
    if depth is not None and not (tree or dependents):
        raise click.UsageError("--depth limits --tree or --dependents; add one of them")


def _check_known(graph: DependencyGraph, name: str) -> None:
    """Raise UnknownNameError unless a name is that of a driver, and InputError with the providers of a capability."""
    if name in graph.drivers:
        return
    if name in graph.whole.drivers:
        for item in graph.activity.dropped if graph.activity else ():
            if item.driver == name:
                from tierdeps.rules.dropped import sentence

                raise InputError("", sentence(graph, item))
        raise InputError(name, "this driver is not active: no target needs, wants or pulls it; name it with --target")
    if absent := graph.absent_meant_by(name):
        fact = absent[0].when
        raise InputError(name, f"this driver is absent: the fact {fact!r} does not hold; --assume {fact}=yes sets it")
    if name in graph.resolver.providers:
        provided = ", ".join(graph.resolver.providers[name])
        raise InputError(name, f"this is a capability; name a driver that provides it: {provided}")
    raise UnknownNameError("driver", name, graph.drivers)
