"""Graphs checked, merged into one or each by itself, and the answer written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.frozen import Value, replace
from tierdeps.baseline.identity import Identity
from tierdeps.cli._baseline import BaselineOptions, Checked, compare_with_baseline
from tierdeps.cli._outputs import outputs_of, write_answer
from tierdeps.cli._session import Wanted
from tierdeps.errors import PluginError, TierdepsError, UnknownNameError
from tierdeps.formats.check import Checks, GraphCheck
from tierdeps.model import Severity
from tierdeps.spots import Spots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps.cli._outputs import Output
    from tierdeps.cli._session import Session
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Finding, Verdict
    from tierdeps.verdict import Examination

#: Formats that name files as they were given, and point no code host to them.
AS_GIVEN = {"text", "json", "markdown"}
#: The code of the rule on names in the settings that nothing has.
UNKNOWN_NAME = "TD206"


class Request(Value):
    """What is to be checked, by which rules, held against which baseline, and which findings fail it."""

    wanted: Wanted
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: BaselineOptions = BaselineOptions()
    fail_on: Severity = Severity.ERROR
    lifecycles: bool = False

    def examine(self, session: Session, graph: DependencyGraph) -> Examination:
        """Run the rules on a graph; with ``lifecycles`` those that are given as text are imported."""
        return session.examine(graph, self.select, self.ignore, import_lifecycles=self.lifecycles)

    def exit_code(self, verdict: Verdict) -> int:
        """Return 1 where there are findings that fail it."""
        return int(not verdict.ok or (bool(verdict.findings) and self.fail_on is Severity.WARNING))


class Answer(Value):
    """How the answer is to be given: in which format (None: not said), into which files, and how much of it."""

    asked: str | None = None
    outputs: tuple[str, ...] = ()
    limit: int | None = 20
    known: bool = False


def check_merged(session: Session, request: Request, answer: Answer) -> int:
    """Check the graph that all GRAPHs make together; return the exit code."""
    wanted = request.wanted
    examination = request.examine(session, session.worst_case(wanted))
    (comparison,) = compare_with_baseline(session, request.baseline, (Checked(wanted, examination),))
    verdict = examination.verdict(comparison)
    outputs = _outputs(session, answer)
    spots = _spots(session, outputs, (*verdict.findings, *verdict.known), wanted.graphs)
    _write(session, outputs, verdict, {"limit": answer.limit, "known": answer.known, "spots": spots})
    return request.exit_code(verdict)


def check_each(session: Session, request: Request, answer: Answer) -> int:
    """Check each graph by itself; return the worst exit code.

    A graph that cannot be read is reported with the others, so that it hides none of them.
    """
    graphs = tuple(dict.fromkeys(request.wanted.graphs))
    if not graphs:
        raise click.UsageError("--each checks every GRAPH by itself: name some here, or in graphs of the settings")
    outputs = _outputs(session, answer)  # first, so that what is wrong with settings and options is reported once
    checked: dict[str, Checked] = {}
    problems: dict[str, TierdepsError] = {}
    for graph in graphs:
        wanted = replace(request.wanted, graphs=(graph,), given=(graph,))
        try:
            built = session.worst_case(wanted, partial=True)
        except PluginError:
            raise
        except TierdepsError as error:
            problems[graph] = error
        else:
            checked[graph] = Checked(wanted, request.examine(session, built))
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
        from tierdeps.cli._code_locations import find_home

        return GraphCheck(graph, None, str(problems[graph]), find_home(graph))
    verdict = verdicts[graph]
    return GraphCheck(graph, verdict, "", _spots(session, outputs, (*verdict.findings, *verdict.known), (graph,)))


def _refuse_unknown_drivers(
    session: Session, checked: Mapping[str, Checked], problems: Mapping[str, TierdepsError]
) -> None:
    """Raise where the settings disable a driver that no graph has; one that cannot be read may have it."""
    disabled = () if problems else session.settings.disable
    known = {name for check in checked.values() for name in check.examination.inspection.graph.drivers}
    for name in sorted(set(disabled) - known):
        raise UnknownNameError("driver", name, known)


def _without_local_absences(
    session: Session, checked: dict[str, Checked], problems: Mapping[str, TierdepsError]
) -> dict[str, Checked]:
    """Return the checks without those findings on the settings that do not hold in all graphs.

    The settings are those of all graphs: a name in them is unknown only where no graph has it.
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


def _outputs(session: Session, answer: Answer) -> tuple[Output, ...]:
    known = {item.name for item in session.manager.formats("check")}
    return outputs_of(answer.outputs, answer.asked, known)


def _spots(session: Session, outputs: Sequence[Output], findings: Sequence[Finding], graphs: Sequence[str]) -> Spots:
    """Find the places of findings, where a format points a code host to them."""
    if not {output.format for output in outputs} - AS_GIVEN:
        return Spots()
    from tierdeps.cli._code_locations import find_spots

    return find_spots(findings, next((name for name in graphs if name != "-"), session.settings.source))


def _write(session: Session, outputs: Sequence[Output], subject: Verdict | Checks, view: Mapping[str, Any]) -> None:
    """Write the answer, printing included: all of it is made before the first file is touched."""
    texts = [session.rendered("check", output.format, subject, **view, **_plain(output)) for output in outputs]
    for output, text in zip(outputs, texts, strict=True):
        write_answer(output.file, text)


def _plain(output: Output) -> dict[str, bool]:
    """Return what keeps colours out of files; what is printed has them as the reader wants."""
    return {} if output.file == "-" else {"color": False}
