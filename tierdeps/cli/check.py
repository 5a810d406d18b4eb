"""Check a graph for problems: cycles, missing drivers, wrong tiers."""

from __future__ import annotations

import click
from click.core import ParameterSource

from tierdeps.cli._baseline import BaselineOptions, baseline_options
from tierdeps.cli._check import AnswerOptions, CheckRequest, check_each, check_merged
from tierdeps.cli._completion import codes
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._help import RepeatableCommand
from tierdeps.cli._options import format_option, graph_options, session_options, split_names
from tierdeps.cli._session import Session
from tierdeps.cli._targets import with_targets
from tierdeps.cli.output.files import output_option
from tierdeps.cli.output.terminal import progress
from tierdeps.model import Severity

FORMATS = ("text", "concise", "json", "sarif", "junit", "github", "gitlab", "markdown", "html")


@click.command(
    "check",
    cls=RepeatableCommand,
    examples=(
        ("tierdeps check graph.toml", "Check one graph file."),
        ("tierdeps check --each --format concise graphs/*.toml", "Check several graphs, one line for each finding."),
        (
            "tierdeps check --output sarif:found.sarif",
            "Check the installed plugins; also write a SARIF file.",
        ),
    ),
)
@graph_options
@with_targets
@format_option(*FORMATS)
@output_option
@click.option("--each", is_flag=True, help="Check each GRAPH separately, instead of merging them.")
@click.option(
    "--explicit",
    is_flag=True,
    help="Without a GRAPH: fail if the repository has graph files, instead of checking only the plugins.",
)
@click.option("--all", "all_findings", is_flag=True, help="Show all findings, not only 20 of each code.")
@click.option(
    "--show-known",
    is_flag=True,
    help="Also show the findings that the baseline excuses: in text, Markdown, and as suppressed in SARIF.",
)
@click.option(
    "--fail-on",
    type=click.Choice([str(severity) for severity in Severity]),
    default=str(Severity.ERROR),
    show_default=True,
    help="Exit 1 if there is a finding of this severity or a higher one.",
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if there are findings.")
@click.option("--statistics", is_flag=True, help="Show only the number of findings of each code.")
@click.option(
    "--select",
    multiple=True,
    metavar="CODE,...",
    shell_complete=codes,
    help="Run only these rules: codes (TD101), prefixes of codes (TD2) or names (cycle).",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE,...",
    shell_complete=codes,
    help="Do not run these rules.",
)
@click.option("--lifecycles", is_flag=True, help="Also import and check the lifecycle classes that drivers name.")
@click.option(
    "--programs",
    is_flag=True,
    help="Also check that the programs, users and folders of processes exist on this host.",
)
@click.option(
    "--fix",
    is_flag=True,
    help="First fix the findings in graph files that have exactly one verified edit; comments and layout are kept.",
)
@click.option(
    "--diff", is_flag=True, help="Show what --fix would change, and write nothing; exit 1 if it would change anything."
)
@click.option("--watch", is_flag=True, help="Check again whenever a file changes; Ctrl-C ends.")
@baseline_options
@session_options
def command(
    session: Session,
    graph_request: GraphRequest,
    format_name: str,
    outputs: tuple[str, ...],
    each: bool,
    explicit: bool,
    all_findings: bool,
    show_known: bool,
    fail_on: str,
    exit_zero: bool,
    statistics: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    lifecycles: bool,
    programs: bool,
    fix: bool,
    diff: bool,
    baseline: BaselineOptions,
    watch: bool,
) -> None:
    """Check a graph for problems: cycles, missing drivers, wrong tiers.

    All facts are taken as true, so that a problem is found even if this host does not have it. Exits 1 if there are
    errors. Lifecycle classes are imported only with --lifecycles.
    """
    if watch:
        from tierdeps.cli._check_watch import check_again_and_again

        check_again_and_again(session, graph_request, click.get_current_context().obj)
    chosen = split_names(select), split_names(ignore)
    failing = None if exit_zero else Severity(fail_on)
    request = CheckRequest(graph_request, *chosen, baseline, failing, lifecycles, programs)
    answer = AnswerOptions(_asked(format_name), outputs, None if all_findings else 20, show_known, statistics)
    if explicit:
        from tierdeps.cli._unnamed_graphs import refuse_unnamed_graphs

        refuse_unnamed_graphs(session, graph_request)
    with progress("checking", len(graph_request.graphs) if each else None, quiet=session.quiet):
        code = _diff(session, request, each=each) if diff else None
        if fix and not diff:
            _fix(session, request, each=each)
        if code is None:
            code = (check_each if each else check_merged)(session, request, answer)
    if code:
        raise click.exceptions.Exit(code)


def _diff(session: Session, request: CheckRequest, *, each: bool) -> int:
    """Print what would be changed; return the exit code."""
    from tierdeps.cli._fix import diff_lines, fix_graphs

    fixer = fix_graphs(session, request, each=each)
    session.show("".join(f"{line}\n" for line in diff_lines(session, fixer)))
    return int(fixer.fixed > 0 and request.fail_on is not None)


def _fix(session: Session, request: CheckRequest, *, each: bool) -> None:
    from tierdeps.cli._fix import fix_graphs, write_fixed

    write_fixed(session, fix_graphs(session, request, each=each))


def _asked(format_name: str) -> str | None:
    """Return the value of ``--format``, None if it was not given."""
    source = click.get_current_context().get_parameter_source("format_name")
    return None if source is ParameterSource.DEFAULT else format_name
