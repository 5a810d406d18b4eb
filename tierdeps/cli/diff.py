"""Say what changed between two graphs, or between two git revisions of the same graphs."""

from __future__ import annotations

import click

from tierdeps.cli._options import assume_option, facts_of, format_option, session_options, uri_option
from tierdeps.cli._session import Session


@click.command("diff")
@click.argument("sides", nargs=-1, required=True, metavar="OLD NEW | REV..REV GRAPH...")
@assume_option
@uri_option
@click.option("--allow-empty", is_flag=True, help="A graph without a driver is no mistake.")
@format_option("text", "markdown", "json")
@click.option("--all", "everything", is_flag=True, help="Show all changes, not only 20 of a kind.")
@session_options
def command(
    session: Session,
    sides: tuple[str, ...],
    assume: tuple[tuple[str, bool], ...],
    allow_empty: bool,
    format_name: str,
    everything: bool,
) -> None:
    """Say what changed between two graphs, or between two git revisions of the same graphs.

    Prints nothing where nothing changed. REV..REV compares two revisions; REV...REV the second one with the point
    where it left the first. A revision left out is HEAD.
    """
    from tierdeps.cli._sides import Reader
    from tierdeps.diff import compare

    reader = Reader(session, facts_of(assume), allow_empty)
    old, new = reader.read(sides)
    reader.warn_of_unmentioned()
    session.print("diff", format_name, compare(old, new), limit=None if everything else 20)
