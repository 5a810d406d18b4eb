"""A report as Markdown, for a comment on a change; names are in code blocks, where Markdown in them has no effect."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.findings import finding_lines, known_lines, summary_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.formats.check import Checks
    from tierdeps.model import CheckReport, Finding


def render(report: CheckReport, view: View) -> Iterator[str]:
    """Yield a heading, and a block for each finding, at most ``view.limit`` of a code."""
    yield f"## tierdeps {report.command}: {report.outcome}"
    yield from _body(report, view)


def render_each(checks: Checks, view: View) -> Iterator[str]:
    """Yield a heading, and the same again for each graph."""
    yield f"## tierdeps check: {'passed' if checks.ok else 'failed'}"
    yield ""
    yield checks.summary
    for check in checks.checks:
        yield ""
        yield f"## {_code(check.graph)}: {check.outcome}"
        if check.report is None:
            yield ""
            yield from _fenced([printable(check.problem)])
        else:
            yield from _body(check.report, view)


def _code(text: str) -> str:
    """Return text in a code span whose fence is longer than any sequence of backticks in it."""
    text = printable(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def _body(report: CheckReport, view: View) -> Iterator[str]:
    yield ""
    yield summary_line(report)
    if report.failures or report.gaps:
        yield ""
        yield from _fenced([printable(text) for text in (*report.failures, *report.gaps)])
    shown: Counter[str] = Counter()
    for finding in report.findings:
        shown[finding.code] += 1
        if view.limit is None or shown[finding.code] <= view.limit:
            yield from _block(finding, view)
    for code, count in sorted(shown.items()):
        if view.limit is not None and count > view.limit:
            yield f"\n{code}: and {count - view.limit} more, with `--all`"
    if view.known and report.known:
        yield ""
        yield "### Known"
        yield ""
        yield from _fenced([line for finding in report.known for line in known_lines(finding)][:-1])
    if shown:
        yield ""
        yield f"What the codes mean: {', '.join(f'`tierdeps explain {code}`' for code in sorted(shown))}"


def _block(finding: Finding, view: View) -> Iterator[str]:
    yield ""
    yield f"### {finding.code} {finding.rule}"
    yield ""
    yield from _fenced(list(finding_lines(finding, view.plain))[:-1])


def _fenced(lines: list[str]) -> Iterator[str]:
    """Return lines between fences that are longer than any in them."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", "\n".join(lines))), default=0))
    yield f"{fence}text"
    yield from lines
    yield fence


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("check", "markdown", render, render_each),)
