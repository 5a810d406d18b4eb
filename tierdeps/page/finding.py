"""The data of a page that shows findings: their cycles, the proposed cuts, and the graph as it is after each fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.analysis.diff.snapshot import edge_key
from tierdeps.graph.view import build_view
from tierdeps.page.graph import Contents, contents_of
from tierdeps.page.values import edge_value, origin_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.analysis.diff.snapshot import EdgeKey
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import CheckReport, Cycle, Edge, Evidence, Finding, Fix, Plan
    from tierdeps.words.documents import Json

#: How many drivers and dependencies are resolved at most to show the graph after each fix.
MAX_RESOLVED = 100_000


def check_document(graph: DependencyGraph, report: CheckReport) -> dict[str, Json]:
    """Return the data of the page that shows a graph and what was found in it."""
    contents = contents_of(build_view(graph.active), "check", "Check of dependencies", kept=_named(report))
    return _with_findings(graph, report, contents)


def live_document(
    graph: DependencyGraph, report: CheckReport, title: str, facts: Mapping[str, bool], plan: Plan | None
) -> dict[str, Json]:
    """Return the data of the page that shows an instance: its graph under the facts of its host, and the findings.

    ``graph`` has every fact true, ``plan`` is what would be started: None if that is nothing.
    """
    placed = None if plan is None else {driver.name: driver.tier for driver in plan}
    view = build_view(graph.active)
    contents = contents_of(view, "live", title, kept=_named(report), placed=placed, facts=facts)
    return _with_findings(graph, report, contents)


def _named(report: CheckReport) -> Iterable[str]:
    return (name for finding in report.findings for name in finding.drivers)


def _with_findings(graph: DependencyGraph, report: CheckReport, contents: Contents) -> dict[str, Json]:
    findings = _Findings(graph, contents)
    found: list[Json] = [
        *(findings.value(finding) for finding in report.findings),
        *(_note(report.command, text, "error") for text in report.failures),
        *(_note(report.command, text, "warning") for text in report.gaps),
    ]
    return {**contents.document, "findings": found}


def _note(command: str, text: str, severity: str) -> Json:
    return {"code": command, "rule": "not examined", "severity": severity, "message": text, "drivers": []}


class _After(Value):
    """The graph after a fix: which edges are gone, which are new, and which drivers are in another tier."""

    gone: tuple[int, ...]
    come: tuple[Edge, ...]
    moved: Mapping[int, str]


class _Findings:
    """Makes findings refer to the drivers and edges of a page."""

    def __init__(self, graph: DependencyGraph, contents: Contents) -> None:
        self._graph = graph
        self._contents = contents
        self._edge_numbers: dict[EdgeKey, int] = {}
        for number, edge in enumerate(contents.edges):
            self._edge_numbers.setdefault(edge_key(edge), number)
        self._left = MAX_RESOLVED

    def value(self, finding: Finding) -> Json:
        """Return a finding."""
        optional: dict[str, Json] = {
            "hint": finding.hint,
            "evidence": [_evidence(item) for item in finding.evidence],
            "fixes": [self._fix(fix) for fix in finding.fixes],
            "cycle": self._cycle(finding.cycle) if finding.cycle is not None else None,
        }
        return {
            "code": finding.code,
            "rule": finding.rule,
            "severity": str(finding.severity),
            "message": finding.message,
            "drivers": self._drivers(finding.drivers),
            **{key: value for key, value in optional.items() if value},
        }

    def _drivers(self, names: Iterable[str]) -> list[Json]:
        numbers = self._contents.drivers
        return [numbers[name] for name in names if name in numbers]

    def _edges(self, edges: Iterable[Edge]) -> list[Json]:
        found = (self._edge_numbers.get(edge_key(edge)) for edge in edges)
        return list(dict.fromkeys(number for number in found if number is not None))

    def _cycle(self, cycle: Cycle) -> Json:
        return {
            "members": self._drivers(cycle.members),
            "path": self._edges(cycle.edges),
            "component": self._edges(cycle.component_edges),
            "cut": self._edges(cycle.feedback_arcs),
            **({} if cycle.exact else {"cut_may_be_smaller": True}),
        }

    def _fix(self, fix: Fix) -> Json:
        found: dict[str, Json] = {"summary": fix.summary, **({"proof": fix.proof} if fix.proof else {})}
        if fix.parts:
            found["parts"] = [_evidence(item) for item in fix.parts]
        after = self._after(fix)
        if after is not None:
            numbers = self._contents.drivers
            found["after"] = {
                "gone": list(after.gone),
                "come": [edge_value(edge, numbers) for edge in after.come],
                "moved": {str(number): tier for number, tier in after.moved.items()},
            }
        return found

    def _after(self, fix: Fix) -> _After | None:
        """Return the graph after a fix; None where it cannot be applied, or where the graph is too large for that."""
        graph, numbers = self._graph, self._contents.drivers
        cost = 1 + len(graph.drivers) + graph.dependency_count
        if fix.change is None or cost > self._left:
            return None
        self._left -= cost
        changed = graph.rebuilt(fix.change.apply(graph.declarations)).active
        edges = (*changed.edges, *changed.conflicts, *changed.pulls)
        kept = {edge_key(edge): edge for edge in edges}
        come = (edge for key, edge in kept.items() if key not in self._edge_numbers)
        known = (edge for edge in come if {edge.dependent.driver, edge.needed.driver} <= numbers.keys())
        tiers = {
            numbers[name]: changed.membership[name]
            for name in changed.drivers
            if name in numbers and changed.membership[name] != graph.active.membership[name]
        }
        gone = (at for at, edge in enumerate(self._contents.edges) if edge_key(edge) not in kept)
        return _After(tuple(gone), tuple(known), tiers)


def _evidence(item: Evidence) -> Json:
    return {
        "text": item.text,
        **({"reason": item.reason} if item.reason else {}),
        **({"when": item.when} if item.when else {}),
        **origin_value(item.origin),
    }
