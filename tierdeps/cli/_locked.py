"""``--locked``: the plan is taken from the lock file, if it still matches the graph."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import printable
from tierdeps.cli._activity import active_part
from tierdeps.cli._completion import file_names
from tierdeps.cli._help import Command
from tierdeps.cli._inputs import read_bytes
from tierdeps.cli._options import command_line
from tierdeps.errors import InputError
from tierdeps.rule_codes import UNKNOWN_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import NoReturn

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.graph import DependencyGraph
    from tierdeps.lock import Lock
    from tierdeps.model import Plan

#: The default name of the file.
LOCK_FILE = "tierdeps.lock"
#: The rules on what a lock does not contain: the settings, and the assumed facts.
UNLOCKED_CODES = (UNKNOWN_NAME.code,)
#: The maximal number of mismatches that are listed; further ones are counted.
MAX_MISMATCHES_SHOWN = 20
#: The beginning of a file, which shows whether it is a lock.
LOCK_HEAD_BYTES = 200

locked_option = click.option(
    "--locked",
    metavar="[=FILE]",
    shell_complete=file_names,
    help=f"Use the plan in {LOCK_FILE}, or in FILE; exit 1 if it no longer matches the graph.",
)


class LockedCommand(Command):
    """A command with ``--locked``, whose value may be omitted.

    click would take the next argument as the value, so that of ``--locked GRAPH`` the graph would be lost. Here the
    file is what follows ``=``, or the next argument if that is a lock, which no GRAPH can be.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Complete the value of ``--locked``, and parse."""
        return super().parse_args(ctx, list(_with_file(args)))


def _with_file(args: Sequence[str]) -> Iterator[str]:
    rest = list(reversed(args))
    while rest:
        word = rest.pop()
        if word == "--":
            yield from (word, *reversed(rest))
            return
        if word == "--locked":
            word += f"={rest.pop() if rest and is_lock(rest[-1]) else ''}"
        yield word


def lock_file(session: Session, graph_request: GraphRequest, file: str) -> str:
    """Return the name of the lock; by default beside the settings, or in the current folder if a GRAPH is given.

    A GRAPH is named from the current folder, so its lock is there too, and two GRAPHs of a project do not share one.
    """
    folder = Path() if graph_request.given else Path(session.settings.source).parent
    return file or str(folder / LOCK_FILE)


def is_lock(name: str) -> bool:
    """Return whether a name is that of a lock and not of a graph: by its suffix, or by the beginning of the file."""
    path = Path(name)
    if path.suffix == ".lock":
        return True
    with suppress(OSError, ValueError), path.open("rb") as file:
        return path.is_file() and b'"tierdeps/lock/' in file.read(LOCK_HEAD_BYTES)
    return False


def lock_command(
    session: Session, graph_request: GraphRequest, file: str, *more: str, facts: Mapping[str, bool] | None = None
) -> str:
    """Return the command that locks the request into a file, quoted for a shell; ``facts`` are assumed too."""
    assumed = {**(facts or {}), **graph_request.assumed}
    options = [f"--assume={name}={'yes' if holds else 'no'}" for name, holds in assumed.items()]
    options += [f"--target={name}" for name in graph_request.targets]
    options += [f"--output={file}"] if file != lock_file(session, graph_request, "") else []
    return command_line(session, "lock", graph_request.given, *options, *more)


def locked_plan(
    session: Session, graph: DependencyGraph, graph_request: GraphRequest, file: str
) -> tuple[DependencyGraph, Plan]:
    """Return the locked plan, or the part of it that the targets of the command line need, and the graph of it.

    If the graph does not match the lock any more, print why and exit with 1.
    """
    from tierdeps.lock import approve, mismatches, news

    file = lock_file(session, graph_request, file)
    lock = parse_lock(session, graph_request, file, read_lock(session, graph_request, file))
    targets = graph_request.targets
    if targets and lock.targets != graph.declarations.targets:  # what was locked is a part, and may be this one
        graph = active_part(graph.whole, targets, session.info)
    found = mismatches(lock, graph)
    if found:
        _refuse(session, file, found, graph_request, _host_facts(lock, graph))
    for sentence in news(lock, graph):
        session.info(f"note: {sentence}")
    session.refuse(session.run_rules_for_plan(graph, UNLOCKED_CODES).findings)
    plan = approve(lock, graph)
    if not targets or lock.targets == targets:
        return graph, plan
    part = active_part(graph.whole, targets, session.info)
    return part, plan.restricted(part.drivers)


def _host_facts(lock: Lock, graph: DependencyGraph) -> dict[str, bool]:
    """Return the facts whose values on this host differ from the recorded ones, which ``lock --check`` would assume."""
    return {name: holds for name, holds in graph.facts.items() if lock.plan.facts.get(name, holds) != holds}


def _refuse(
    session: Session, file: str, mismatches: Sequence[str], graph_request: GraphRequest, facts: Mapping[str, bool]
) -> NoReturn:
    session.error(printable(f"error: {file}: {sentence}") for sentence in mismatches[:MAX_MISMATCHES_SHOWN])
    if len(mismatches) > MAX_MISMATCHES_SHOWN:
        session.error([f"and {len(mismatches) - MAX_MISMATCHES_SHOWN} more"])
    difference, fresh = (
        lock_command(session, graph_request, file, "--check", facts=facts),
        lock_command(session, graph_request, file),
    )
    session.error([printable(f"to see the difference: {difference}; to accept it: {fresh}")])
    raise click.exceptions.Exit(1)


def parse_lock(session: Session, graph_request: GraphRequest, file: str, data: bytes) -> Lock:
    """Return the lock in a file. Raises InputError with the command that writes it again."""
    from tierdeps.lock import load

    try:
        return load(file, data)
    except InputError as error:
        advice = lock_command(session, graph_request, file)
        raise InputError(error.source, f"{error.message}; to write it again: {advice}", error.place) from None


def read_lock(session: Session, graph_request: GraphRequest, file: str) -> bytes:
    """Read the lock file. Raises InputError with the command that writes it."""
    try:
        return read_bytes(file)
    except InputError as error:
        advice = lock_command(session, graph_request, file)
        raise InputError(error.source, f"{error.message}; to write it: {advice}") from None
