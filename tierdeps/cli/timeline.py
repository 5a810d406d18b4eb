"""Show how long each step of the last start took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps.cli._completion import file_names
from tierdeps.cli._help import Command
from tierdeps.cli._options import format_option, run_option, session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import width_of

if TYPE_CHECKING:
    from tierdeps.analysis.timeline import Timeline, TimelineComparison

#: The width of the picture without a terminal, in columns.
WIDTH = 100


@click.command(
    "timeline",
    cls=Command,
    examples=(
        ("tierdeps timeline", "Draw the last start as a chart."),
        ("tierdeps timeline --blame", "List the slowest steps."),
        ("tierdeps timeline --output start.svg", "Write the chart to a file."),
        ("tierdeps timeline --compare 2", "Show which steps are slower than in the start before."),
        ("tierdeps timeline --output start.html", "Write a page to explore the start in a browser."),
        ("tierdeps timeline --format trace --output start.json", "Write a trace for Perfetto."),
    ),
)
@click.argument("graphs", nargs=-1, metavar="[GRAPH]...", shell_complete=file_names)
@format_option("text", "svg", "json", "trace", "html")
@click.option("--blame", is_flag=True, help="List the slowest steps instead of the chart.")
@click.option("--all", "every", is_flag=True, help="With --blame or --compare: list all steps.")
@run_option("start")
@click.option(
    "--compare",
    "other",
    type=click.IntRange(min=1),
    metavar="N",
    help="Compare with the N-th last start, step by step.",
)
@click.option(
    "--output",
    metavar="FILE",
    help="Write to FILE instead; without --format, the suffix .svg, .json or .html sets it; - prints.",
)
@session_options
def command(
    session: Session,
    graphs: tuple[str, ...],
    format_name: str,
    blame: bool,
    every: bool,
    number: int,
    other: int | None,
    output: str | None,
) -> None:
    """Show how long each step of the last start took."""
    from tierdeps.cli.output.files import write_answer

    if blame and other is not None:
        raise click.UsageError("--blame and --compare are two different lists; name one of them")
    if output == "-":
        output = None
    subject = _timelines(session, graphs, number, other)
    document = "blame" if blame else "timeline" if other is None else "comparison"
    name = _format_of(output) if output and format_name == "text" else format_name
    width = WIDTH if output else width_of(ANSWER.stream) or WIDTH
    limit = None if every else 20
    if output:
        write_answer(output, session.render(document, name, subject, width=width, limit=limit, color=False))
    else:
        session.print(document, name, subject, width=width, limit=limit)


def _timelines(
    session: Session, graphs: tuple[str, ...], number: int, other: int | None
) -> Timeline | TimelineComparison:
    from tierdeps.analysis.timeline import compare, timeline_of
    from tierdeps.cli.run.instances import chosen_run, earlier_run
    from tierdeps.journal import Journal

    with Journal.open(readonly=True) as journal:
        latest = chosen_run(session, journal, graphs)
        timeline = timeline_of(latest if number == 1 else earlier_run(journal, latest, number))
        return timeline if other is None else compare(timeline_of(earlier_run(journal, latest, other)), timeline)


def _format_of(file: str) -> str:
    suffix = file.rpartition(".")[2].lower()
    return suffix if suffix in ("svg", "json", "html") else "text"
