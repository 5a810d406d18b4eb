"""Findings as text for people: what is wrong, who wrote it, why, and what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.words.code_frame import frame_lines
from tierdeps.words.palette import PLAIN
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tierdeps.model import CheckReport, Evidence, Finding, Fix
    from tierdeps.words.code_frame import CodeFrame
    from tierdeps.words.palette import Palette
    from tierdeps.words.view import View

#: Of a longer cycle, only the first and last edges are shown.
MAX_SHOWN_EDGES = 12
#: The maximal number of declarations that are listed for a fix.
MAX_SHOWN_PARTS = 5


def finding_lines(finding: Finding, view: View) -> Iterator[str]:
    """Yield the lines of one finding, an empty one at the end."""
    palette = view.palette
    yield f"{_mark(finding, palette)} {palette.sentence(printable(finding.message), finding.drivers)}"
    shown, omitted = finding.evidence, 0
    if view.limit is not None and len(shown) > MAX_SHOWN_EDGES:
        half = MAX_SHOWN_EDGES // 2
        omitted = len(shown) - MAX_SHOWN_EDGES
        shown = (*shown[:half], *shown[-half:])
    if finding.hint:
        yield f"  hint: {printable(finding.hint)}"
    if finding.evidence or finding.fixes:
        yield ""
    framed: set[tuple[str, CodeFrame]] = set()
    for index, evidence in enumerate(shown):
        if omitted and index == MAX_SHOWN_EDGES // 2:
            yield f"  ... and {omitted} more: --all"
        yield from _evidence_lines(evidence, finding.drivers, palette)
        frame = view.code_frame(evidence)
        if frame is not None and (place := (evidence.origin.file, frame)) not in framed:
            framed.add(place)
            yield from frame_lines(frame, palette, "      ", view.width)
    yield from fix_lines(finding.fixes, view.limit, finding.drivers, palette)
    yield ""


def known_lines(finding: Finding, palette: Palette = PLAIN) -> Iterator[str]:
    """Yield the lines of a finding that the baseline excuses, with the excuse."""
    mark = palette("dim", f"known[{finding.code}]")
    yield f"{mark} {palette.sentence(printable(finding.message), finding.drivers)}"
    excuse = finding.excuse
    if excuse is not None:
        yield f"  because {printable(excuse.reason)}"
        owner = f"by {excuse.owner} " if excuse.owner else ""
        until = f"until {excuse.until} " if excuse.until else ""
        place = palette.origin(excuse.origin) if excuse.origin else "the baseline"
        yield f"  excused {printable(f'{owner}{until}in')} {place}"
    yield ""


def in_short(findings: Iterable[Finding], view: View) -> Iterator[str]:
    """Yield a line for each code: the first finding, and the number of others."""
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        alike.setdefault(finding.code, []).append(finding)
    for first, *others in alike.values():
        more = f"; and {len(others)} more like it" if others else ""
        message = view.palette.sentence(printable(first.message), first.drivers)
        yield f"{_mark(first, view.palette)} {message}{_place(first, view.palette)}{more} (-v shows details)"


def _place(finding: Finding, palette: Palette) -> str:
    """Return the line that a finding is about, in brackets, where its message names no driver to look for."""
    if any(name in finding.message for name in finding.drivers):
        return ""
    origin = next((origin for origin in finding.origins if origin.line), None)
    return f" ({palette.origin(origin)})" if origin else ""


def _mark(finding: Finding, palette: Palette) -> str:
    return palette.code(str(finding.severity), f"{finding.severity}[{finding.code}]", finding.code)


def _evidence_lines(evidence: Evidence, drivers: Collection[str], palette: Palette) -> Iterator[str]:
    condition = f", when {palette('fact', printable(evidence.when))}" if evidence.when else ""
    yield f"  {palette.sentence(printable(evidence.text), drivers)}{condition}"
    if evidence.reason:
        yield f"      because {printable(evidence.reason)}"
    preposition = "by" if evidence.origin.distribution else "in"
    yield f"      declared {preposition} {palette.origin(evidence.origin)}"


def fix_lines(
    fixes: tuple[Fix, ...], limit: int | None = None, drivers: Collection[str] = (), palette: Palette = PLAIN
) -> Iterator[str]:
    """Yield the lines that say how a finding can be fixed, after an empty one; none if there is no fix."""
    if not fixes:
        return
    yield ""
    yield f"  {palette('title', 'to fix:' if len(fixes) == 1 else 'to fix, choose one:')}"
    for number, fix in enumerate(fixes, 1):
        lead = f"    {number}. " if len(fixes) > 1 else "    "
        yield lead + palette.sentence(printable(fix.summary), drivers)
        indent = " " * len(lead)
        told = fix.parts if limit is None else fix.parts[:MAX_SHOWN_PARTS]
        for part in told:
            yield f"{indent}- {palette.sentence(printable(part.text), drivers)} ({palette.origin(part.origin)})"
        if len(told) < len(fix.parts):
            yield f"{indent}  and {len(fix.parts) - len(told)} more: --all"
        if fix.proof:
            yield f"{indent}({palette('good', printable(fix.proof))})"


def summary_line(report: CheckReport) -> str:
    """Return how much was checked and what was found; excused findings are counted separately."""
    looked = ", ".join(
        (
            counted(report.drivers, "driver"),
            *(() if report.active is None else (f"{report.active} of them active",)),
            f"{report.dependencies} {'dependency' if report.dependencies == 1 else 'dependencies'}",
            counted(report.tiers, "tier"),
            *((counted(report.hosts, "host"),) if report.hosts else ()),
        )
    )
    errors = len(report.errors)
    failures = f", {counted(len(report.failures), 'failure')}" if report.failures else ""
    known = f", {len(report.known)} known" if report.known else ""
    if not report.findings and report.deselected:
        return f"{looked}: nothing found by the rules that ran{known}; not run: {', '.join(report.deselected)}"
    if not report.findings and (failures or report.gaps):
        return f"{looked}: nothing found in what was examined{failures}{known}"
    if not report.findings:
        return f"{looked}: {'nothing new' if known else 'no problems found'}{known}"
    return f"{looked}: {counted(errors, 'error')}, {counted(len(report.findings) - errors, 'warning')}{failures}{known}"
