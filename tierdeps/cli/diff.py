"""Show what changed between two graphs, or between two git revisions."""

from __future__ import annotations

import click

from tierdeps.cli._help import Command
from tierdeps.cli._options import assume_option, facts_of, format_option, session_options, uri_option
from tierdeps.cli._reading import reading_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.terminal import progress


@click.command(
    "diff",
    cls=Command,
    examples=(
        ("tierdeps diff old.toml new.toml", "Compare two graph files."),
        ("tierdeps diff HEAD~1 graph.toml", "Compare a graph with its version in the previous commit."),
        ("tierdeps diff main... --exit-code", "Exit 1 if this branch changes anything."),
    ),
)
@click.argument("sides", nargs=-1, required=True, metavar="OLD NEW | REV[..REV] [GRAPH]...")
@assume_option
@uri_option
@reading_options
@click.option("--allow-empty", is_flag=True, help="Accept a graph without drivers.")
@click.option("--exit-code", is_flag=True, help="Exit 1 if anything changed, as git diff --exit-code does.")
@click.option("--each", is_flag=True, help="Compare each GRAPH separately, instead of merging them.")
@format_option("text", "markdown", "json", "html")
@click.option("--all", "everything", is_flag=True, help="Show all changes, not only 20 of each kind.")
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
    """Show what changed between two graphs, or between two git revisions.

    OLD and NEW are graph files or lock files. REV compares a git revision with the working tree, REV..REV compares two
    revisions, REV...REV compares the second one with their common ancestor. If one end is omitted, it is HEAD.

    GRAPH names the files to compare in both revisions; the default is graphs in the settings, else tierdeps.lock. A
    file that exists in only one revision is new or gone, a renamed one is followed, a pattern ('graph*.toml') is
    expanded in both. A name that is both a file and a branch means the file; write refs/heads/NAME for the branch.

    Settings, plugins and facts are the current ones for both sides. If nothing changed, nothing is printed.
    """
    from tierdeps.cli._diff_sources import Reader

    reader = Reader(session, facts_of(assume), allow_empty)
    with progress("comparing", quiet=session.quiet):
        differences = reader.compare(sides, each=each)
    reader.warn_of_unused()
    limit = None if everything else 20
    answers = [session.render("diff", format_name, difference, limit=limit) for difference in differences]
    session.show("\n".join(filter(None, answers)))
    if exit_code and any(differences):
        raise click.exceptions.Exit(1)
