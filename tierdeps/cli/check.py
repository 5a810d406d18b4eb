"""Run every rule on the whole graph, with every fact taken as true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tierdeps.cli._baseline import BaselineOptions, Checked, baseline_options, compare_with_baseline
from tierdeps.cli._options import format_option, graph_options, session_options
from tierdeps.cli._outputs import Output, output_option, outputs_of, write_whole
from tierdeps.cli._session import Session, Wanted
from tierdeps.model import Severity
from tierdeps.value import Value

if TYPE_CHECKING:
    from tierdeps.model import Verdict

#: Formats that name files as they were given, and point no code host to them.
AS_GIVEN = {"text", "json", "markdown"}
FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown")


class Answer(Value):
    """How the answer is to be given: in which format (None: not said), into which files, and how much of it."""

    asked: str | None = None
    outputs: tuple[str, ...] = ()
    limit: int | None = 20
    known: bool = False


@click.command("check")
@graph_options
@format_option(*FORMATS)
@output_option
@click.option("--all", "all_findings", is_flag=True, help="Show every finding, not only 20 of a kind.")
@click.option(
    "--show-known",
    is_flag=True,
    help="Show what the baseline excuses too: in text (as -v does) and Markdown, and in SARIF as suppressed.",
)
@click.option(
    "--fail-on",
    type=click.Choice([str(severity) for severity in Severity]),
    default=str(Severity.ERROR),
    show_default=True,
    help="Exit 1 on findings of this severity, or a graver one.",
)
@click.option("--select", multiple=True, metavar="CODE", help="Run only these rules; TD2 is all codes that begin so.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Do not run these rules.")
@click.option("--lifecycles", is_flag=True, help="Import the lifecycles that drivers name, and look at them too.")
@baseline_options
@session_options
def command(
    session: Session,
    wanted: Wanted,
    format_name: str,
    outputs: tuple[str, ...],
    all_findings: bool,
    show_known: bool,
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    lifecycles: bool,
    baseline: BaselineOptions,
) -> None:
    """Run every rule on the whole graph, with every fact taken as true.

    Only what plugins declare is looked at: a lifecycle that is given as text is imported with --lifecycles alone.
    """
    graph = session.worst_case(wanted)
    examination = session.examine(graph, select, ignore, import_lifecycles=lifecycles)
    (comparison,) = compare_with_baseline(session, baseline, (Checked(wanted, examination),))
    verdict = examination.verdict(comparison)
    answer = Answer(_asked(format_name), outputs, None if all_findings else 20, show_known)
    _answer(session, verdict, answer, wanted.graphs)
    if not verdict.ok or (verdict.findings and fail_on == Severity.WARNING):
        raise click.exceptions.Exit(1)


def _asked(format_name: str) -> str | None:
    """Return what ``--format`` names, if it was given."""
    source = click.get_current_context().get_parameter_source("format_name")
    return None if source is ParameterSource.DEFAULT else format_name


def _answer(session: Session, verdict: Verdict, answer: Answer, graphs: tuple[str, ...]) -> None:
    """Print the verdict and write it to files: all of it is made before the first file is touched."""
    known = {item.name for item in session.manager.formats("check")}
    outputs = outputs_of(answer.outputs, answer.asked, known)
    view: dict[str, Any] = {"limit": answer.limit, "known": answer.known}
    if {output.format for output in outputs} - AS_GIVEN:
        from tierdeps.cli._code_locations import find_spots

        home = next((name for name in graphs if name != "-"), session.settings.source)
        view["spots"] = find_spots((*verdict.findings, *verdict.known), home)
    texts = [session.rendered("check", output.format, verdict, **view, **_plain(output)) for output in outputs]
    for output, text in zip(outputs, texts, strict=True):
        write_whole(output.file, text)


def _plain(output: Output) -> dict[str, bool]:
    """Return what keeps colours out of files; what is printed has them as the reader wants."""
    return {} if output.file == "-" else {"color": False}
