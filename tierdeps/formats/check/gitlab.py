"""A verdict as a code quality report of GitLab: a list of what is wrong, each with a fingerprint and a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.baseline.identity import fingerprints, hash_of
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.model import Severity
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.formats.check import Checks, GraphCheck
    from tierdeps.model import Finding, Verdict
    from tierdeps.spots import Spots
    from tierdeps.words.documents import Json

WEIGHTS = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def render(verdict: Verdict, view: View) -> Iterator[str]:
    """Yield the report's lines; every finding is in it."""
    return lines(_entries(verdict, view.spots))


def render_each(checks: Checks, _view: View) -> Iterator[str]:
    """Yield the lines of one report of all graphs; one that could not be checked is an entry too."""
    report: list[Json] = []
    for check in checks.checks:
        if check.verdict is None:
            report.append(_problem(check))
        else:
            report += _entries(check.verdict, check.spots, check.spots.home or check.graph)
    return lines(report)


def _entries(verdict: Verdict, spots: Spots, graph: str = "") -> list[Json]:
    marks = fingerprints(verdict.findings, graph)
    return [_entry(finding, mark, spots) for finding, mark in zip(verdict.findings, marks, strict=True)]


def _problem(check: GraphCheck) -> Json:
    file = check.spots.home or check.graph
    return {
        "description": printable(check.problem),
        "check_name": "tierdeps",
        "fingerprint": hash_of(["not checked", file]),
        "severity": "blocker",
        "location": {"path": file, "lines": {"begin": 1}},
    }


def _entry(finding: Finding, mark: str, spots: Spots) -> Json:
    spot = spots.first(finding)
    hint = f" ({finding.hint})" if finding.hint else ""
    return {
        "description": printable(f"{finding.code} {finding.message}{hint}"),
        "check_name": finding.code,
        "fingerprint": mark,
        "severity": WEIGHTS[finding.severity],
        # GitLab takes no entry without a line
        "location": {"path": spot.file, "lines": {"begin": spot.line or 1}},
    }


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("check", "gitlab", render, render_each),)
