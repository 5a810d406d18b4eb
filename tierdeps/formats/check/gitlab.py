"""A verdict as a code quality report of GitLab: a list of what is wrong, each with a fingerprint and a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.baseline.identity import fingerprints
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.model import Severity
from tierdeps.words.documents import lines
from tierdeps.words.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Finding, Verdict
    from tierdeps.words.documents import Json

WEIGHTS = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def render(verdict: Verdict, view: View) -> Iterator[str]:
    """Yield the report's lines; every finding is in it."""
    marks = fingerprints(verdict.findings)
    report: list[Json] = [_entry(finding, mark, view) for finding, mark in zip(verdict.findings, marks, strict=True)]
    return lines(report)


def _entry(finding: Finding, mark: str, view: View) -> Json:
    spot = view.spots.first(finding)
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
    return (Format("check", "gitlab", render),)
