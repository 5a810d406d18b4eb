"""What ``--locked`` does: the plan of the lock file, where it still holds."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import printable
from tierdeps.cli._advice import command_line
from tierdeps.cli._complete import file_names
from tierdeps.cli._inputs import read_bytes
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import NoReturn

    from tierdeps.cli._session import Session, Wanted
    from tierdeps.graph import DependencyGraph
    from tierdeps.lock import Lock
    from tierdeps.model import Plan

#: The file's name, where the user gives no other.
LOCK_FILE = "tierdeps.lock"
#: The rules that look at what no lock holds: the settings, and what is assumed.
UNLOCKED = ("TD206",)
#: So many mismatches are told.
SHOWN = 20

#: So many bytes of a file show whether it is a lock.
LOCK_HEAD_BYTES = 200

locked_option = click.option(
    "--locked",
    metavar="[=FILE]",
    shell_complete=file_names,
    help=f"Take the plan of {LOCK_FILE}, or of FILE; exit 1 if it no longer holds.",
)


class LockedCommand(click.Command):
    """A command with ``--locked``, whose value may be omitted.

    click would take whatever follows for the value, so that of ``--locked GRAPH`` the graph would be lost. Here the
    file is what stands behind ``=``, or the next word where that is a lock, which no GRAPH can be.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give ``--locked`` the value that is meant, and parse the rest as ever."""
        return super().parse_args(ctx, list(_with_file(args)))


def _with_file(args: Sequence[str]) -> Iterator[str]:
    rest = list(reversed(args))
    while rest:
        word = rest.pop()
        if word == "--":
            yield from (word, *reversed(rest))
            return
        if word == "--locked":
            word += f"={rest.pop() if rest and is_lock(rest[-1]) else LOCK_FILE}"
        yield word


def is_lock(name: str) -> bool:
    """Return whether a name is that of a lock and not of a graph: by its suffix, or by the first words of the file."""
    path = Path(name)
    if path.suffix == ".lock":
        return True
    with suppress(OSError, ValueError), path.open("rb") as file:
        return path.is_file() and b'"tierdeps/lock/' in file.read(LOCK_HEAD_BYTES)
    return False


def lock_command(
    session: Session, wanted: Wanted, file: str, *more: str, facts: Mapping[str, bool] | None = None
) -> str:
    """Return the command that locks what is asked for into a file, as a shell takes it; ``facts`` are assumed too."""
    assumed = {**(facts or {}), **wanted.assumed}
    options = [f"--assume={name}={'yes' if holds else 'no'}" for name, holds in assumed.items()]
    options += [f"--output={file}"] if file != LOCK_FILE else []
    return command_line(session, "lock", wanted.given, *options, *more)


def locked_plan(session: Session, graph: DependencyGraph, wanted: Wanted, file: str) -> Plan:
    """Return the locked plan, or say what does not match any more and exit 1."""
    from tierdeps.lock import approve, mismatches, news

    lock = parse_lock(session, wanted, file, read_lock(session, wanted, file))
    found = mismatches(lock, graph)
    if found:
        _refuse(session, file, found, wanted, _host_facts(lock, graph))
    for sentence in news(lock, graph):
        session.talk(f"note: {sentence}")
    session.refuse(session.inspect(graph, UNLOCKED).findings)
    return approve(lock, graph)


def _host_facts(lock: Lock, graph: DependencyGraph) -> dict[str, bool]:
    """Return the facts that are other ones here: the check of a lock takes those that it records, unless told so."""
    return {name: holds for name, holds in graph.facts.items() if lock.plan.facts.get(name, holds) != holds}


def _refuse(
    session: Session, file: str, mismatches: Sequence[str], wanted: Wanted, facts: Mapping[str, bool]
) -> NoReturn:
    session.complain(printable(f"error: {file}: {sentence}") for sentence in mismatches[:SHOWN])
    if len(mismatches) > SHOWN:
        session.complain([f"and {len(mismatches) - SHOWN} more"])
    difference, fresh = lock_command(session, wanted, file, "--check", facts=facts), lock_command(session, wanted, file)
    session.complain([printable(f"see the difference with: {difference}; if it is right: {fresh}")])
    raise click.exceptions.Exit(1)


def parse_lock(session: Session, wanted: Wanted, file: str, data: bytes) -> Lock:
    """Return the lock that a file holds; what is wrong with it is said with the command that writes another one."""
    from tierdeps.lock import load

    try:
        return load(file, data)
    except InputError as error:
        advice = lock_command(session, wanted, file)
        raise InputError(error.source, f"{error.message}; write it again with: {advice}", error.place) from None


def read_lock(session: Session, wanted: Wanted, file: str) -> bytes:
    """Read the lock file; where there is none, say how to write it."""
    try:
        return read_bytes(file)
    except InputError as error:
        advice = lock_command(session, wanted, file)
        raise InputError(error.source, f"{error.message}; write it with: {advice}") from None
