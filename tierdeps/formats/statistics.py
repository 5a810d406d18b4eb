"""How often each rule found something, as text and as JSON: ``tierdeps check --statistics``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.formats.check import Checks
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines

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
    """Yield a line for each code that was found."""
    del view
    counts = _counts(subject)
    if not counts:
        yield "no findings"
        return
    digits = len(str(counts[0][0]))
    widths = [max(len(kind[column]) for _, kind in counts) for column in range(2)]
    for count, (code, rule, severity) in counts:
        yield printable(f"{count:{digits}}  {code:{widths[0]}}  {rule:{widths[1]}}  {severity}")


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
