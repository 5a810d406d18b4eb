"""Write the plan to a file that can be reviewed, and run as it stands with --locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps.cli._locked import LOCK_FILE, lock_command, read_lock
from tierdeps.cli._options import graph_options, session_options
from tierdeps.cli._outputs import write_whole
from tierdeps.cli._session import Session, Wanted
from tierdeps.words.printable import printable
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Longer files are compared line by line: finding the lines that moved would take the square of their number.
ALIGNED_UP_TO = 5_000


@click.command("lock")
@graph_options
@click.option("--output", metavar="FILE", default=LOCK_FILE, show_default=True, help="The lock file; - prints it.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 with the difference if the file is out of date.")
@session_options
def command(
    session: Session,
    wanted: Wanted,
    output: str,
    check: bool,
) -> None:
    """Write the plan to a file that can be reviewed, and run as it stands with --locked."""
    from tierdeps.lock import Lock, dump

    graph = session.graph(wanted)
    session.refuse_errors(graph)
    lock = Lock.of(graph)
    text = dump(lock)
    if check:
        where = () if output == LOCK_FILE else (f"--output={output}",)
        _check(session, output, text, lock_command(wanted, *where))
        return
    write_whole(output, text)
    if output != "-":
        session.talk(f"{output}: {counted(len(lock.plan.drivers), 'driver')}, {lock.plan.digest}")


def _check(session: Session, file: str, text: str, command: str) -> None:
    found = read_lock(file).decode(errors="replace")
    if found == text:
        session.talk(f"{file}: up to date")
        return
    for line in _difference(found.splitlines(), text.splitlines(), file):
        click.echo(printable(line))
    click.echo(printable(f"error: {file} is out of date; write it anew with: {command}"), err=True)
    raise click.exceptions.Exit(1)


def _difference(found: Sequence[str], expected: Sequence[str], file: str) -> Iterator[str]:
    if max(len(found), len(expected)) <= ALIGNED_UP_TO:
        from difflib import unified_diff

        yield from unified_diff(found, expected, file, f"{file} as it should be", lineterm="")
        return
    kept = set(found) & set(expected)
    yield from (f"-{line}" for line in found if line not in kept)
    yield from (f"+{line}" for line in expected if line not in kept)
