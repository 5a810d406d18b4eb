"""Say what changed between two graphs, or between two git revisions of the same graphs."""

from __future__ import annotations

import click

from tierdeps.cli._options import assume_option, facts_of, format_option, session_options, uri_option
from tierdeps.cli._session import Session


@click.command("diff")
@click.argument("sides", nargs=-1, required=True, metavar="OLD NEW | REV[..REV] [GRAPH]...")
@assume_option
@uri_option
@click.option("--allow-empty", is_flag=True, help="A graph without a driver is no mistake.")
@click.option("--exit-code", is_flag=True, help="Exit 1 where something changed, as git diff --exit-code does.")
@click.option("--each", is_flag=True, help="Compare each GRAPH by itself, instead of all of them as one graph.")
@format_option("text", "markdown", "json")
@click.option("--all", "everything", is_flag=True, help="Show all changes, not only 20 of a kind.")
@session_options
def command(
    session: Session,
    sides: tuple[str, ...],
    assume: tuple[tuple[str, bool], ...],
    allow_empty: bool,
    exit_code: bool,
    each: bool,
    format_name: str,
    everything: bool,
) -> None:
    """Say what changed between two graphs, or between two git revisions of the same graphs.

    Prints nothing where nothing changed, and exits 0 whether or not something did, unless --exit-code is given.

    OLD and NEW are graph files or locks. REV compares a git revision with the working tree, REV..REV two revisions,
    and REV...REV the second one with the point where it left the first; an omitted end of a range is HEAD. Without a
    GRAPH those of the settings are compared, or else tierdeps.lock. A GRAPH that only one side has is new or gone, and
    one that git sees as renamed is followed; a pattern ('graph*.toml') is matched on both sides. What is the name of
    a file means the file; refs/heads/NAME is the branch of that name. With --each, every GRAPH has its own answer, one
    after the other.

    The settings, the plugins and the facts are those of here and now on both sides.
    """
    from tierdeps.cli._diff_sources import Reader

    reader = Reader(session, facts_of(assume), allow_empty)
    differences = reader.compare(sides, each=each)
    reader.warn_of_unused()
    limit = None if everything else 20
    answers = [session.render("diff", format_name, difference, limit=limit) for difference in differences]
    session.show("\n".join(filter(None, answers)))
    if exit_code and any(differences):
        raise click.exceptions.Exit(1)
