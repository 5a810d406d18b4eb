"""A report as a code quality report of GitLab: a list of findings, each with a fingerprint and a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.baseline.identity import fingerprints, hash_of
from tierdeps.code_locations import FALLBACK_FILE
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.model import Severity
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.code_locations import CodeLocations
    from tierdeps.formats.check import Checks, GraphCheck
    from tierdeps.model import CheckReport, Finding
    from tierdeps.words.documents import Json

WEIGHTS = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def render(report: CheckReport, view: View) -> Iterator[str]:
    """Yield the report's lines; every finding is in it."""
    return lines(_entries(report, view.locations))


def render_each(checks: Checks, _view: View) -> Iterator[str]:
    """Yield the lines of one report of all graphs; one that could not be checked is an entry too."""
    report: list[Json] = []
    for check in checks.checks:
        if check.report is None:
            report.append(_problem(check))
        else:
            report += _entries(check.report, check.locations, check.locations.home or check.graph)
    return lines(report)


def _entries(report: CheckReport, locations: CodeLocations, graph: str = "") -> list[Json]:
    found = fingerprints(report.findings, graph)
    return [
        *(_entry(finding, mark, locations) for finding, mark in zip(report.findings, found, strict=True)),
        *(_note(report.command, text, "blocker", locations) for text in report.failures),
        *(_note(report.command, text, "info", locations) for text in report.gaps),
    ]


def _note(command: str, text: str, severity: str, locations: CodeLocations) -> Json:
    return {
        "description": printable(text),
        "check_name": f"tierdeps {command}",
        "fingerprint": hash_of([command, text]),
        "severity": severity,
        "location": {"path": locations.home or FALLBACK_FILE, "lines": {"begin": 1}},
    }


def _problem(check: GraphCheck) -> Json:
    file = check.locations.home or check.graph
    return {
        "description": printable(check.problem),
        "check_name": "tierdeps",
        "fingerprint": hash_of(["not checked", file]),
        "severity": "blocker",
        "location": {"path": file, "lines": {"begin": 1}},
    }


def _entry(finding: Finding, fingerprint: str, locations: CodeLocations) -> Json:
    location = locations.first(finding)
    hint = f" ({finding.hint})" if finding.hint else ""
    return {
        "description": printable(f"{finding.code} {finding.message}{hint}"),
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": WEIGHTS[finding.severity],
        # GitLab takes no entry without a line
        "location": {"path": location.file, "lines": {"begin": location.line or 1}},
    }


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("check", "gitlab", render, render_each),)
