"""The work of ``check``: graphs are checked, merged or each by itself, and the answer is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.frozen import Value, replace
from tierdeps.baseline.identity import Identity
from tierdeps.cli._baseline import BaselineOptions, Checked, compare_with_baseline
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli.output.files import outputs_of, write_answer
from tierdeps.cli.output.progress import PROGRESS
from tierdeps.code_locations import CodeLocations
from tierdeps.errors import PluginError, TierdepsError, UnknownNameError
from tierdeps.formats.check import Checks, GraphCheck
from tierdeps.model import Severity
from tierdeps.rule_codes import UNKNOWN_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps.cli._session import Session
    from tierdeps.cli.output.files import Output
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import CheckReport, Finding
    from tierdeps.rules.runner import RuleRun

#: Formats that do not point a code host to files of its repository.
FORMATS_WITHOUT_LOCATIONS = {"text", "concise", "json", "markdown", "html"}


class CheckRequest(Value):
    """What to check, by which rules, against which baseline, and which findings fail it."""

    graph_request: GraphRequest
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: BaselineOptions = BaselineOptions()
    #: None: whatever is found.
    fail_on: Severity | None = Severity.ERROR
    lifecycles: bool = False
    programs: bool = False

    def run_rules(self, session: Session, graph: DependencyGraph) -> RuleRun:
        """Run the rules on a graph; with ``lifecycles``, lifecycles that are given as a string are imported."""
        return session.run_rules(
            graph, self.select, self.ignore, import_lifecycles=self.lifecycles, programs=self.programs
        )

    def exit_code(self, report: CheckReport) -> int:
        """Return 1 if there are findings that fail the check, else 0."""
        if self.fail_on is None:
            return 0
        return int(not report.ok or (bool(report.findings) and self.fail_on is Severity.WARNING))


class AnswerOptions(Value):
    """The form of the answer: the printed format (None: by default), the files, and how many findings of a kind.

    With ``statistics`` the printed answer counts the findings of each rule; files still have the findings.
    """

    format_name: str | None = None
    outputs: tuple[str, ...] = ()
    limit: int | None = 20
    known: bool = False
    statistics: bool = False

    @property
    def view(self) -> Mapping[str, Any]:
        """What the options say of how findings are shown."""
        return {"limit": self.limit, "known": self.known}


def check_merged(session: Session, request: CheckRequest, answer: AnswerOptions) -> int:
    """Check the graph that all GRAPHs make together; return the exit code."""
    graph_request = request.graph_request
    rule_run = request.run_rules(session, session.graph_with_all_facts(graph_request))
    (baseline_diff,) = compare_with_baseline(session, request.baseline, (Checked(graph_request, rule_run),))
    report = rule_run.report(baseline_diff)
    outputs = _outputs(session, answer)
    locations = code_locations(session, outputs, (*report.findings, *report.known), graph_request.graphs)
    _write(session, answer, outputs, report, {"locations": locations, "graph": rule_run.context.graph})
    return request.exit_code(report)


def check_each(session: Session, request: CheckRequest, answer: AnswerOptions) -> int:
    """Check each graph by itself; return the worst exit code.

    A graph that cannot be read is reported with the others, so that it hides none of them.
    """
    graphs = tuple(dict.fromkeys(request.graph_request.graphs))
    if not graphs:
        raise click.UsageError("--each checks each GRAPH separately: name some, or set graphs in the settings")
    outputs = _outputs(session, answer)  # first, so that an error in settings or options is reported once
    checked: dict[str, Checked] = {}
    problems: dict[str, TierdepsError] = {}
    for number, graph in enumerate(graphs):
        PROGRESS.step(number, f"checking {graph}")
        graph_request = replace(request.graph_request, graphs=(graph,), given=(graph,))
        try:
            built = session.graph_with_all_facts(graph_request, partial=True)
        except PluginError:
            raise
        except TierdepsError as error:
            problems[graph] = error
        else:
            checked[graph] = Checked(graph_request, request.run_rules(session, built))
    _refuse_unknown_drivers(session, checked, problems)
    checked = _without_local_absences(session, checked, problems)
    baseline_diffs = compare_with_baseline(session, request.baseline, tuple(checked.values()))
    reports = {
        graph: check.rule_run.report(baseline_diff)
        for (graph, check), baseline_diff in zip(checked.items(), baseline_diffs, strict=True)
    }
    checks = Checks(tuple(_graph_check(session, outputs, graph, reports, problems) for graph in graphs))
    _write(session, answer, outputs, checks, {"each": True})
    codes = [request.exit_code(report) for report in reports.values()]
    return max(*codes, *(error.exit_code for error in problems.values()), 0)


def _graph_check(
    session: Session,
    outputs: Sequence[Output],
    graph: str,
    reports: Mapping[str, CheckReport],
    problems: Mapping[str, TierdepsError],
) -> GraphCheck:
    if graph in problems:
        from tierdeps.cli.git.code_locations import find_home

        return GraphCheck(graph, None, str(problems[graph]), find_home(graph))
    report = reports[graph]
    return GraphCheck(graph, report, "", code_locations(session, outputs, (*report.findings, *report.known), (graph,)))


def _refuse_unknown_drivers(
    session: Session, checked: Mapping[str, Checked], problems: Mapping[str, TierdepsError]
) -> None:
    """Raise UnknownNameError for a disabled driver that no graph has; an unreadable graph may have it."""
    disabled = () if problems else session.settings.disable
    known = {name for check in checked.values() for name in check.rule_run.context.graph.drivers}
    for name in sorted(set(disabled) - known):
        raise UnknownNameError("driver", name, known)


def _without_local_absences(
    session: Session, checked: dict[str, Checked], problems: Mapping[str, TierdepsError]
) -> dict[str, Checked]:
    """Return the checks without the findings on names in the settings that some graph has.

    The settings are those of all graphs, so a name in them is unknown only if no graph has it.
    """
    found = [{Identity.of(item) for item in check.rule_run.findings} for check in checked.values()]
    everywhere = set.intersection(*found) if found and not problems else set()

    def kept(finding: Finding) -> bool:
        files = {origin.file for origin in finding.origins}
        shared = finding.code == UNKNOWN_NAME.code and not finding.drivers and files <= {"", session.settings.source}
        return not shared or Identity.of(finding) in everywhere

    return {
        graph: replace(check, rule_run=replace(check.rule_run, findings=tuple(filter(kept, check.rule_run.findings))))
        for graph, check in checked.items()
    }


def _outputs(session: Session, answer: AnswerOptions) -> tuple[Output, ...]:
    known = {item.name for item in session.manager.formats("check")}
    return outputs_of(answer.outputs, answer.format_name, known)


def code_locations(
    session: Session, outputs: Sequence[Output], findings: Sequence[Finding], graphs: Sequence[str]
) -> CodeLocations:
    """Return the locations of findings, if a format points a code host to them."""
    if not {output.format for output in outputs} - FORMATS_WITHOUT_LOCATIONS:
        return CodeLocations()
    from tierdeps.cli.git.code_locations import find_locations

    return find_locations(findings, next((name for name in graphs if name != "-"), session.settings.source))


def _write(
    session: Session,
    answer: AnswerOptions,
    outputs: Sequence[Output],
    subject: CheckReport | Checks,
    view: Mapping[str, Any],
) -> None:
    """Write the files and print the answer; everything is rendered before the first file is written."""

    def render(output: Output) -> str:
        if answer.statistics and output.file == "-":
            return session.render("statistics", output.format, subject)
        return session.render("check", output.format, subject, **answer.view, **view, **_plain(output))

    for output, text in [(output, render(output)) for output in outputs]:
        write_answer(output.file, text, pager=session.pager)


def _plain(output: Output) -> dict[str, bool]:
    """Return the view that keeps colours out of files; the printed answer has them as ``--color`` says."""
    return {} if output.file == "-" else {"color": False}
