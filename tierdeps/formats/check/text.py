"""A report as text: each finding with its story, and a count at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.findings import finding_lines, known_lines, summary_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.formats.check import Checks
    from tierdeps.model import CheckReport


def render(report: CheckReport, view: View) -> Iterator[str]:
    """Yield the findings, at most ``view.limit`` of a code, and what was looked at."""
    total = Counter(finding.code for finding in report.findings)
    shown: Counter[str] = Counter()
    for finding in report.findings:
        shown[finding.code] += 1
        if view.limit is None or shown[finding.code] <= view.limit:
            yield from finding_lines(finding, view)
        elif shown[finding.code] == total[finding.code]:
            yield f"{finding.code}: and {total[finding.code] - view.limit} more: --all"
            yield ""
    if view.known or view.verbose:
        for finding in report.known:
            yield from known_lines(finding, view.palette)
    if report.findings:
        yield view.palette("dim", f"to read what a code means: tierdeps explain {' '.join(sorted(total))}")
    yield from (f"{view.palette('error', 'error')}: {printable(text)}" for text in report.failures)
    yield from (f"{view.palette('warning', 'note')}: {printable(text)}" for text in report.gaps)
    yield view.palette(_kind(report), summary_line(report))


def _kind(report: CheckReport) -> str:
    if not report.ok:
        return "error"
    return "warning" if report.findings or report.gaps else "good"


def render_each(checks: Checks, view: View) -> Iterator[str]:
    """Yield each graph's findings below its name, and how many graphs there are."""
    for check in checks.checks:
        name = printable(check.graph)
        yield from (view.palette("title", name), "-" * len(name), "")
        if check.report is None:
            yield f"{view.palette('error', 'error')}: {printable(check.problem)}"
        else:
            yield from render(check.report, view)
        yield ""
    yield checks.summary


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("check", "text", render, render_each, prose=True),)
