"""What ``--locked`` does: the plan of the lock file, where it still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps.cli._inputs import read_bytes
from tierdeps.errors import InputError
from tierdeps.words.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from tierdeps.cli._session import Session, Wanted
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Plan

#: The file's name, where the user gives no other.
LOCK_FILE = "tierdeps.lock"
#: The rules that look at what no lock holds: the settings, and what is assumed.
UNLOCKED = ("TD206",)
#: So many mismatches are told.
SHOWN = 20

locked_option = click.option(
    "--locked", is_flag=True, help=f"Take the plan of {LOCK_FILE}; exit 1 if it no longer holds."
)


def lock_command(wanted: Wanted, *more: str) -> str:
    """Return the command that locks what is asked for, as a shell takes it."""
    from shlex import join

    assumed = (f"--assume={name}={'yes' if holds else 'no'}" for name, holds in wanted.assumed.items())
    return join(("tierdeps", "lock", *wanted.graphs, *assumed, *more))


def locked_plan(session: Session, graph: DependencyGraph, wanted: Wanted, file: str = LOCK_FILE) -> Plan:
    """Return the locked plan, or say what does not match any more and exit 1."""
    from tierdeps.lock import approve, load, mismatches, news

    lock = load(file, read_lock(file))
    found = mismatches(lock, graph)
    if found:
        _refuse(session, file, found, wanted)
    for sentence in news(lock, graph):
        session.talk(f"note: {sentence}")
    session.warn(session.inspect(graph, UNLOCKED).findings)
    return approve(lock, graph)


def _refuse(session: Session, file: str, mismatches: Sequence[str], wanted: Wanted) -> NoReturn:
    session.complain(printable(f"error: {file}: {sentence}") for sentence in mismatches[:SHOWN])
    if len(mismatches) > SHOWN:
        session.complain([f"and {len(mismatches) - SHOWN} more"])
    difference, anew = lock_command(wanted, "--check"), lock_command(wanted)
    session.complain([printable(f"see the difference with: {difference}; if it is right: {anew}")])
    raise click.exceptions.Exit(1)


def read_lock(file: str) -> bytes:
    """Read the lock file."""
    try:
        return read_bytes(file)
    except InputError as error:
        raise InputError(file, f"{error.message}; write it with: tierdeps lock") from None
