"""A report as one line for each finding, which editors can jump to: ``path:line:column: code severity: message``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.findings import summary_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.formats.check import Checks
    from tierdeps.model import CheckReport, Finding


def render(report: CheckReport, view: View) -> Iterator[str]:
    """Yield a line for each finding, and what was looked at."""
    yield from (_line(finding, view) for finding in report.findings)
    yield from (f"{view.palette('error', 'error')}: {printable(text)}" for text in report.failures)
    yield from (f"{view.palette('warning', 'note')}: {printable(text)}" for text in report.gaps)
    yield summary_line(report)


def render_each(checks: Checks, view: View) -> Iterator[str]:
    """Yield the lines of all graphs, and how many graphs there are."""
    for check in checks.checks:
        if check.report is None:
            yield f"{printable(check.graph)}: error: {printable(check.problem)}"
        else:
            yield from (_line(finding, view) for finding in check.report.findings)
    yield checks.summary


def _line(finding: Finding, view: View) -> str:
    palette = view.palette
    code = f"{palette(str(finding.severity), finding.code)} {finding.severity}:"
    return f"{_place(finding, view)}{code} {palette.sentence(printable(finding.message), finding.drivers)}"


def _place(finding: Finding, view: View) -> str:
    """Return where the first declaration of a finding is that is in a file, with the sign that ends it."""
    evidence = next((evidence for evidence in finding.evidence if evidence.origin.file), None)
    if evidence is None:
        return ""
    origin, frame = evidence.origin, view.code_frame(evidence)
    numbers = [frame.line, frame.column] if frame is not None else [origin.line] if origin.line else []
    text = ":".join((printable(origin.file), *map(str, numbers)))
    return f"{view.palette.place(text, origin.file, origin.line)}: "


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("check", "concise", render, render_each),)
