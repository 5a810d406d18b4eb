"""Write the plan to a lock file, for review and for start --locked."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import printable
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._help import Command
from tierdeps.cli._locked import LOCK_FILE, lock_command, lock_file, parse_lock, read_lock
from tierdeps.cli._options import graph_options, session_options
from tierdeps.cli._session import Session
from tierdeps.cli._targets import with_targets
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.files import write_answer
from tierdeps.cli.output.streams import print_error
from tierdeps.cli.output.terminal import progress
from tierdeps.errors import InputError
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.graph import DependencyGraph
    from tierdeps.lock import Lock

#: The colours of the lines of a difference.
KINDS = {"+": "added", "-": "removed", "@": "dim"}
#: Longer files are compared without alignment, whose cost is quadratic.
MAX_ALIGNED_LINES = 5_000


@click.command(
    "lock",
    cls=Command,
    examples=(
        ("tierdeps lock graph.toml", "Write the plan to tierdeps.lock."),
        ("tierdeps lock --check graph.toml", "In CI: fail if tierdeps.lock is out of date."),
    ),
)
@graph_options
@with_targets
@click.option(
    "--output",
    metavar="FILE",
    show_default=LOCK_FILE,
    help="Path of the lock; by default beside the settings file, with a GRAPH in the current folder; - prints it.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and show the difference if the file is out of date.")
@click.option(
    "--keep-facts",
    is_flag=True,
    help="Use the facts that the lock file records, not those of this host; --check always does.",
)
@session_options
def command(
    session: Session,
    graph_request: GraphRequest,
    output: str | None,
    check: bool,
    keep_facts: bool,
) -> None:
    """Write the plan to a lock file, for review and for start --locked.

    Commit the file: then a change of the order is seen in review. order --locked and start --locked use it.
    """
    from tierdeps.lock import Lock, dump

    if output == "":
        raise InputError("", "--output names no file; name one, or - to print it")
    output = lock_file(session, graph_request, output or "")
    with progress("planning", quiet=session.quiet):
        host = graph = session.graph(graph_request)
        there = read_lock(session, graph_request, output) if check or keep_facts else None
        if there is not None:
            with suppress(InputError) if check else nullcontext():  # an unreadable lock is compared as text
                graph = _as_recorded(session, output, parse_lock(session, graph_request, output, there), host)
        session.refuse_errors(graph)
        lock = Lock.of(graph)
        text = dump(lock)
    if check and there is not None:
        keep = () if graph.facts == host.facts else ("--keep-facts",)
        _check(
            session, output, there.decode(errors="replace"), text, lock_command(session, graph_request, output, *keep)
        )
        return
    write_answer(output, text, pager=session.pager)
    if output != "-":
        session.info(f"{output}: {counted(len(lock.plan.drivers), 'driver')}, {lock.plan.digest}")


def _as_recorded(session: Session, file: str, lock: Lock, host: DependencyGraph) -> DependencyGraph:
    """Return the graph under the facts that the lock records; print which of them differ on this host."""
    from tierdeps.lock import as_recorded

    graph = as_recorded(host, lock)
    for name, holds in graph.facts.items():
        if holds != host.facts[name]:
            here, source = _yes(host.facts[name]), lock.fact_sources.get(name, "unknown")
            session.info(f"note: {file} has the fact {name} as {_yes(holds)} (source: {source}); here it is {here}")
    return graph


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _check(session: Session, file: str, found: str, text: str, command: str) -> None:
    if found == text:
        session.info(f"{file}: up to date")
        return
    palette = session.palette()
    for line in _difference(found.splitlines(), text.splitlines(), file):
        ANSWER.echo(palette(KINDS.get(line[:1], ""), printable(line)), color=True)
    print_error(f"error: {file} is out of date; to write it again: {command}")
    raise click.exceptions.Exit(1)


def _difference(found: Sequence[str], expected: Sequence[str], file: str) -> Iterator[str]:
    if max(len(found), len(expected)) <= MAX_ALIGNED_LINES:
        from difflib import unified_diff

        yield from unified_diff(found, expected, file, f"{file} as it should be", lineterm="")
        return
    kept = set(found) & set(expected)
    yield from (f"-{line}" for line in found if line not in kept)
    yield from (f"+{line}" for line in expected if line not in kept)
