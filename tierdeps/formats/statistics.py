"""How often each rule found something, as text and as JSON: ``tierdeps check --statistics``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.formats.check import Checks
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines
from tierdeps.words.layout import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import CheckReport, Finding
    from tierdeps.words.documents import Json


def _findings(subject: CheckReport | Checks) -> Iterator[Finding]:
    reports = [check.report for check in subject.checks] if isinstance(subject, Checks) else [subject]
    for report in reports:
        yield from report.findings if report else ()


def _counts(subject: CheckReport | Checks) -> list[tuple[int, tuple[str, str, str]]]:
    """Return how many findings there are of each code, with its rule and severity; the most frequent first."""
    found = Counter((finding.code, finding.rule, str(finding.severity)) for finding in _findings(subject))
    return sorted(((count, kind) for kind, count in found.items()), key=lambda item: (-item[0], item[1]))


def render_text(subject: CheckReport | Checks, view: View) -> Iterator[str]:
    """Yield a row for each code that was found."""
    palette, counts = view.palette, _counts(subject)
    if not counts:
        yield palette("good", "no findings")
        return
    rows = [
        [str(count), palette("title", printable(code)), printable(rule), palette(severity, severity)]
        for count, (code, rule, severity) in counts
    ]
    yield from table([[palette("title", title) for title in ("COUNT", "CODE", "NAME", "SEVERITY")], *rows], right=(0,))


def document(subject: CheckReport | Checks) -> Json:
    """Return the document as plain values."""
    return {
        "schema": "tierdeps/statistics/1",
        "codes": [
            {"code": code, "rule": rule, "severity": severity, "count": count}
            for count, (code, rule, severity) in _counts(subject)
        ],
    }


def render_json(subject: CheckReport | Checks, view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    del view
    return lines(document(subject))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("statistics", "json", render_json), Format("statistics", "text", render_text))
