"""A report as JSON: ``tierdeps/check/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import edge_document, lines, origin_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.formats.check import Checks
    from tierdeps.model import CheckReport, Cycle, Excuse, Finding, Fix
    from tierdeps.words.documents import Json


def _cycle(cycle: Cycle) -> Json:
    return {
        "members": list(cycle.members),
        "path": list(cycle.path),
        "edges": [edge_document(edge) for edge in cycle.edges],
        "break": [{"from": edge.dependent.driver, "to": edge.needed.driver} for edge in cycle.feedback_arcs],
        "break_is_smallest": cycle.exact,
        "breaks_as_small": cycle.equal_count if cycle.all_counted else None,
        "when": list(cycle.when),
    }


def _fix(fix: Fix) -> Json:
    fields: dict[str, Json] = {
        "action": fix.change.action if fix.change else None,
        "summary": fix.summary,
        "proof": fix.proof or None,
    }
    if fix.parts:
        fields["dependencies"] = [{"text": part.text, "origin": origin_document(part.origin)} for part in fix.parts]
    return fields


def _finding(finding: Finding) -> Json:
    found: dict[str, Json] = {
        "code": finding.code,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "drivers": list(finding.drivers),
        "origins": [origin_document(origin) for origin in finding.origins],
        "fixes": [_fix(fix) for fix in finding.fixes],
    }
    if finding.hint:
        found["hint"] = finding.hint
    if finding.cycle is not None:
        found["cycle"] = _cycle(finding.cycle)
    if finding.excuse is not None:
        found["excuse"] = _excuse(finding.excuse)
    return found


def _excuse(excuse: Excuse) -> Json:
    return {
        "reason": excuse.reason,
        "owner": excuse.owner or None,
        "until": excuse.until.isoformat() if excuse.until else None,
        "origin": origin_document(excuse.origin),
    }


def document(report: CheckReport) -> Json:
    """Return the document as plain values."""
    summary: dict[str, Json] = {
        "drivers": report.drivers,
        "dependencies": report.dependencies,
        "tiers": report.tiers,
        "cycles": report.cycles,
    }
    if report.active is not None:
        summary["active"] = report.active
    if report.known:
        summary["known"] = len(report.known)
    found: dict[str, Json] = {
        "schema": "tierdeps/check/1",
        "ok": report.ok,
        "summary": summary,
        "findings": [_finding(finding) for finding in report.findings],
    }
    if report.known:
        found["known"] = [_finding(finding) for finding in report.known]
    return found


def render(report: CheckReport, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(document(report))


def each_document(checks: Checks) -> Json:
    """Return the whole document of several graphs, with the document of each in it."""
    graphs: list[Json] = [
        {
            "graph": check.graph,
            "ok": check.ok,
            "check": None if check.report is None else document(check.report),
            "problem": check.problem or None,
        }
        for check in checks.checks
    ]
    return {"schema": "tierdeps/check-each/1", "ok": checks.ok, "graphs": graphs}


def render_each(checks: Checks, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(each_document(checks))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("check", "json", render, render_each),)
