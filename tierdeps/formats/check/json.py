"""A report as JSON: ``tierdeps/check/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.json_text import record
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines
from tierdeps.words.finding_document import finding_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tierdeps.formats.check import Checks
    from tierdeps.model import CheckReport, Finding
    from tierdeps.words.documents import Json


def document(report: CheckReport, write: Callable[[Finding], Json] = finding_document) -> dict[str, Json]:
    """Return the document as plain values; ``write`` returns each finding."""
    summary: dict[str, Json] = {
        "drivers": report.drivers,
        "dependencies": report.dependencies,
        "tiers": report.tiers,
        "cycles": report.cycles,
    }
    if report.hosts:
        summary["hosts"] = report.hosts
    if report.active is not None:
        summary["active"] = report.active
    if report.known:
        summary["known"] = len(report.known)
    found: dict[str, Json] = {
        "schema": "tierdeps/check/1",
        "ok": report.ok,
        "summary": summary,
        "findings": list(map(write, report.findings)),
    }
    if report.known:
        found["known"] = list(map(write, report.known))
    return found


def render(report: CheckReport, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(document(report, finding_record))


def finding_record(finding: Finding) -> Json:
    """Return the text of a finding in the list of a report."""
    return record(finding_document(finding))


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
