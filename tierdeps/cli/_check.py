"""The work of ``check``: graphs are checked, merged or each by itself, and the answer is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.frozen import Value, replace
from tierdeps.baseline.identity import Identity
from tierdeps.cli._baseline import BaselineOptions, Checked, compare_with_baseline
from tierdeps.cli._session import GraphRequest
from tierdeps.cli.output.files import outputs_of, write_answer
from tierdeps.errors import PluginError, TierdepsError, UnknownNameError
from tierdeps.formats.check import Checks, GraphCheck
from tierdeps.model import Severity
from tierdeps.spots import Spots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps.cli._session import Session
    from tierdeps.cli.output.files import Output
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Finding, Verdict
    from tierdeps.verdict import Examination

#: Formats that do not point a code host to files of its repository.
FORMATS_WITHOUT_LOCATIONS = {"text", "json", "markdown"}
#: The code of the rule on names in the settings that nothing has.
UNKNOWN_NAME = "TD206"


class CheckRequest(Value):
    """What to check, by which rules, against which baseline, and which findings fail it."""

    graph_request: GraphRequest
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: BaselineOptions = BaselineOptions()
    fail_on: Severity = Severity.ERROR
    lifecycles: bool = False

    def run_rules(self, session: Session, graph: DependencyGraph) -> Examination:
        """Run the rules on a graph; with ``lifecycles``, lifecycles that are named as text are imported."""
        return session.run_rules(graph, self.select, self.ignore, import_lifecycles=self.lifecycles)

    def exit_code(self, verdict: Verdict) -> int:
        """Return 1 if there are findings that fail the check, else 0."""
        return int(not verdict.ok or (bool(verdict.findings) and self.fail_on is Severity.WARNING))


class AnswerOptions(Value):
    """The form of the answer: the printed format (None: by default), the files, and how many findings of a kind."""

    asked: str | None = None
    outputs: tuple[str, ...] = ()
    limit: int | None = 20
    known: bool = False


def check_merged(session: Session, request: CheckRequest, answer: AnswerOptions) -> int:
    """Check the graph that all GRAPHs make together; return the exit code."""
    graph_request = request.graph_request
    examination = request.run_rules(session, session.graph_with_all_facts(graph_request))
    (comparison,) = compare_with_baseline(session, request.baseline, (Checked(graph_request, examination),))
    verdict = examination.verdict(comparison)
    outputs = _outputs(session, answer)
    spots = _spots(session, outputs, (*verdict.findings, *verdict.known), graph_request.graphs)
    _write(session, outputs, verdict, {"limit": answer.limit, "known": answer.known, "spots": spots})
    return request.exit_code(verdict)


def check_each(session: Session, request: CheckRequest, answer: AnswerOptions) -> int:
    """Check each graph by itself; return the worst exit code.

    A graph that cannot be read is reported with the others, so that it hides none of them.
    """
    graphs = tuple(dict.fromkeys(request.graph_request.graphs))
    if not graphs:
        raise click.UsageError("--each checks every GRAPH by itself: name some here, or in graphs of the settings")
    outputs = _outputs(session, answer)  # first, so that an error in settings or options is reported once
    checked: dict[str, Checked] = {}
    problems: dict[str, TierdepsError] = {}
    for graph in graphs:
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
    comparisons = compare_with_baseline(session, request.baseline, tuple(checked.values()))
    verdicts = {
        graph: check.examination.verdict(comparison)
        for (graph, check), comparison in zip(checked.items(), comparisons, strict=True)
    }
    checks = Checks(tuple(_graph_check(session, outputs, graph, verdicts, problems) for graph in graphs))
    _write(session, outputs, checks, {"each": True, "limit": answer.limit, "known": answer.known})
    codes = [request.exit_code(verdict) for verdict in verdicts.values()]
    return max(*codes, *(error.exit_code for error in problems.values()), 0)


def _graph_check(
    session: Session,
    outputs: Sequence[Output],
    graph: str,
    verdicts: Mapping[str, Verdict],
    problems: Mapping[str, TierdepsError],
) -> GraphCheck:
    if graph in problems:
        from tierdeps.cli.git.code_locations import find_home

        return GraphCheck(graph, None, str(problems[graph]), find_home(graph))
    verdict = verdicts[graph]
    return GraphCheck(graph, verdict, "", _spots(session, outputs, (*verdict.findings, *verdict.known), (graph,)))


def _refuse_unknown_drivers(
    session: Session, checked: Mapping[str, Checked], problems: Mapping[str, TierdepsError]
) -> None:
    """Raise UnknownNameError for a disabled driver that no graph has; an unreadable graph may have it."""
    disabled = () if problems else session.settings.disable
    known = {name for check in checked.values() for name in check.examination.inspection.graph.drivers}
    for name in sorted(set(disabled) - known):
        raise UnknownNameError("driver", name, known)


def _without_local_absences(
    session: Session, checked: dict[str, Checked], problems: Mapping[str, TierdepsError]
) -> dict[str, Checked]:
    """Return the checks without the findings on names in the settings that some graph has.

    The settings are those of all graphs, so a name in them is unknown only if no graph has it.
    """
    found = [{Identity.of(item) for item in check.examination.findings} for check in checked.values()]
    everywhere = set.intersection(*found) if found and not problems else set()

    def kept(finding: Finding) -> bool:
        files = {origin.file for origin in finding.origins}
        shared = finding.code == UNKNOWN_NAME and not finding.drivers and files <= {"", session.settings.source}
        return not shared or Identity.of(finding) in everywhere

    return {
        graph: replace(
            check, examination=replace(check.examination, findings=tuple(filter(kept, check.examination.findings)))
        )
        for graph, check in checked.items()
    }


def _outputs(session: Session, answer: AnswerOptions) -> tuple[Output, ...]:
    known = {item.name for item in session.manager.formats("check")}
    return outputs_of(answer.outputs, answer.asked, known)


def _spots(session: Session, outputs: Sequence[Output], findings: Sequence[Finding], graphs: Sequence[str]) -> Spots:
    """Return the locations of findings, if a format points a code host to them."""
    if not {output.format for output in outputs} - FORMATS_WITHOUT_LOCATIONS:
        return Spots()
    from tierdeps.cli.git.code_locations import find_spots

    return find_spots(findings, next((name for name in graphs if name != "-"), session.settings.source))


def _write(session: Session, outputs: Sequence[Output], subject: Verdict | Checks, view: Mapping[str, Any]) -> None:
    """Write the files and print the answer; everything is rendered before the first file is written."""
    texts = [session.render("check", output.format, subject, **view, **_plain(output)) for output in outputs]
    for output, text in zip(outputs, texts, strict=True):
        write_answer(output.file, text)


def _plain(output: Output) -> dict[str, bool]:
    """Return the view that keeps colours out of files; the printed answer has them as ``--color`` says."""
    return {} if output.file == "-" else {"color": False}
