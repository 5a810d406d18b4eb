"""Findings as text for people: what is wrong, who wrote it, why, and what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.model import Severity
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.model import CheckReport, Evidence, Finding, Fix
    from tierdeps.words.view import View

#: Of a longer cycle, only the first and last edges are shown.
MAX_SHOWN_EDGES = 12
#: So many declarations that a fix changes are told.
MAX_SHOWN_PARTS = 5


def finding_lines(finding: Finding, view: View) -> Iterator[str]:
    """Yield the lines of one finding, an empty one at the end."""
    yield f"{_mark(finding, view)} {printable(finding.message)}"
    shown, omitted = finding.evidence, 0
    if view.limit is not None and len(shown) > MAX_SHOWN_EDGES:
        half = MAX_SHOWN_EDGES // 2
        omitted = len(shown) - MAX_SHOWN_EDGES
        shown = (*shown[:half], *shown[-half:])
    if finding.hint:
        yield f"  hint: {printable(finding.hint)}"
    if finding.evidence or finding.fixes:
        yield ""
    for index, evidence in enumerate(shown):
        if omitted and index == MAX_SHOWN_EDGES // 2:
            yield f"  ... and {omitted} more: --all"
        yield from _evidence_lines(evidence)
    yield from fix_lines(finding.fixes, view.limit)
    yield ""


def known_lines(finding: Finding) -> Iterator[str]:
    """Yield the lines of a finding that the baseline excuses, with the excuse."""
    yield f"known[{finding.code}] {printable(finding.message)}"
    excuse = finding.excuse
    if excuse is not None:
        yield f"  because {printable(excuse.reason)}"
        owner = f"by {excuse.owner} " if excuse.owner else ""
        until = f"until {excuse.until} " if excuse.until else ""
        yield printable(f"  excused {owner}{until}in {excuse.origin or 'the baseline'}")
    yield ""


def in_short(findings: Iterable[Finding], view: View) -> Iterator[str]:
    """Yield a line for each code: the first finding, and the number of others."""
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        alike.setdefault(finding.code, []).append(finding)
    for first, *others in alike.values():
        more = f"; and {len(others)} more like it" if others else ""
        yield f"{_mark(first, view)} {printable(first.message)}{more} (-v tells all)"


def _mark(finding: Finding, view: View) -> str:
    text = f"{finding.severity}[{finding.code}]"
    if not view.color:
        return text
    import click

    return click.style(text, fg="red" if finding.severity is Severity.ERROR else "yellow", bold=True)


def _evidence_lines(evidence: Evidence) -> Iterator[str]:
    condition = f", when {evidence.when}" if evidence.when else ""
    yield f"  {printable(evidence.text + condition)}"
    if evidence.reason:
        yield f"      because {printable(evidence.reason)}"
    preposition = "by" if evidence.origin.distribution else "in"
    yield f"      declared {preposition} {printable(str(evidence.origin))}"


def fix_lines(fixes: tuple[Fix, ...], limit: int | None = None) -> Iterator[str]:
    """Yield the lines that say how a finding can be fixed, after an empty one; none where nobody knows."""
    if not fixes:
        return
    yield ""
    yield "  to fix it:" if len(fixes) == 1 else "  to fix it, any one of these:"
    for number, fix in enumerate(fixes, 1):
        lead = f"    {number}. " if len(fixes) > 1 else "    "
        yield lead + printable(fix.summary)
        indent = " " * len(lead)
        told = fix.parts if limit is None else fix.parts[:MAX_SHOWN_PARTS]
        for part in told:
            yield f"{indent}- {printable(f'{part.text} ({part.origin})')}"
        if len(told) < len(fix.parts):
            yield f"{indent}  and {len(fix.parts) - len(told)} more: --all"
        if fix.proof:
            yield f"{indent}({printable(fix.proof)})"


def summary_line(report: CheckReport) -> str:
    """Return how much was checked and what was found; excused findings are counted separately."""
    looked = ", ".join(
        (
            counted(report.drivers, "driver"),
            f"{report.dependencies} {'dependency' if report.dependencies == 1 else 'dependencies'}",
            counted(report.tiers, "tier"),
        )
    )
    errors = len(report.errors)
    known = f", {len(report.known)} known" if report.known else ""
    if not report.findings and report.deselected:
        return f"{looked}: nothing found by the rules that ran{known}; not run: {', '.join(report.deselected)}"
    if not report.findings:
        return f"{looked}: {'nothing new' if known else 'all in order'}{known}"
    return f"{looked}: {counted(errors, 'error')}, {counted(len(report.findings) - errors, 'warning')}{known}"
