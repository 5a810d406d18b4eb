"""Show how long each step of the last start took."""

from __future__ import annotations

import click

from tierdeps.cli._completion import file_names
from tierdeps.cli._help import Command
from tierdeps.cli._options import format_option, session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import width_of

#: The width of the picture without a terminal, in columns.
WIDTH = 100


@click.command(
    "timeline",
    cls=Command,
    examples=(
        ("tierdeps timeline", "Draw the last start as a chart."),
        ("tierdeps timeline --blame", "List the slowest steps."),
        ("tierdeps timeline --output start.svg", "Write the chart to a file."),
    ),
)
@click.argument("graphs", nargs=-1, metavar="[GRAPH]...", shell_complete=file_names)
@format_option("text", "svg", "json")
@click.option("--blame", is_flag=True, help="List the slowest steps instead of the chart.")
@click.option("--all", "every", is_flag=True, help="With --blame: list all steps.")
@click.option(
    "--output",
    metavar="FILE",
    help="Write to FILE instead; the suffix .svg or .json sets the format; - prints.",
)
@session_options
def command(
    session: Session, graphs: tuple[str, ...], format_name: str, blame: bool, every: bool, output: str | None
) -> None:
    """Show how long each step of the last start took."""
    from tierdeps.analysis.timeline import timeline_of
    from tierdeps.cli.output.files import write_answer
    from tierdeps.cli.run.instances import chosen_run
    from tierdeps.journal import Journal

    if output == "-":
        output = None
    with Journal.open(readonly=True) as journal:
        timeline = timeline_of(chosen_run(session, journal, graphs))
    chosen = _format_of(output) if output else None
    document, name = "blame" if blame else "timeline", chosen or format_name
    width = WIDTH if output else width_of(ANSWER.stream) or WIDTH
    limit = None if every else 20
    if output:
        write_answer(output, session.render(document, name, timeline, width=width, limit=limit, color=False))
    else:
        session.print(document, name, timeline, width=width, limit=limit)


def _format_of(file: str) -> str | None:
    suffix = file.rpartition(".")[2].lower()
    return suffix if suffix in ("svg", "json") else None
