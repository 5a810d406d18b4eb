"""What runs in different orders have shown: ``tierdeps shake``. The other formats are those of ``check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.rule_codes import UNDECLARED_DEPENDENCY
from tierdeps.words.documents import lines
from tierdeps.words.finding_document import finding_document
from tierdeps.words.findings import finding_lines, known_lines
from tierdeps.words.sentences import counted
from tierdeps.words.shaking import note_lines, pairs_tried

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Shaking, Step
    from tierdeps.words.documents import Json


def render_text(shaking: Shaking, view: View) -> Iterator[str]:
    """Yield the findings, what can be said of other drivers, and how much was tried."""
    for finding in shaking.check.findings:
        yield from finding_lines(finding, view)
    if view.known or view.verbose:
        for finding in shaking.check.known:
            yield from known_lines(finding, view.palette)
    notes = [printable(note) for note in note_lines(shaking)]
    yield from notes
    if notes:
        yield ""
    yield _tried(shaking) if shaking.watched else f"{_tried(shaking)}, seed {shaking.seed}"
    yield view.palette("error" if shaking.check.errors else "good" if _is_good(shaking) else "warning", _sum(shaking))


def _is_good(shaking: Shaking) -> bool:
    return shaking.complete and shaking.check.ok and not shaking.check.findings


def _tried(shaking: Shaking) -> str:
    if shaking.watched:
        return "watched 1 run"
    if not shaking.pairs:
        return f"{counted(shaking.runs, 'run')}; what is declared leaves no other order to try"
    return f"{counted(shaking.runs, 'run')}, {shaking.orders} of them {pairs_tried(shaking)}"


def _sum(shaking: Shaking) -> str:
    found = sum(finding.code == UNDECLARED_DEPENDENCY.code for finding in shaking.check.findings)
    others = len(shaking.check.findings) - found
    about = f", {counted(others, 'finding')} on the baseline" if others else ""
    known = f", {len(shaking.check.known)} known" if shaking.check.known else ""
    early = "" if shaking.complete else "; interrupted" if shaking.interrupted else "; the limit ended it early"
    if found:
        noun = "undeclared dependency" if found == 1 else "undeclared dependencies"
        return f"{found} {noun}{about}{known}{early}"
    return f"no undeclared dependency found{about}{known}{early}"


def render_json(shaking: Shaking, _view: View) -> Iterator[str]:
    """Yield the document's lines."""
    yield from lines(document(shaking))


def document(shaking: Shaking) -> Json:
    """Return the document as plain values."""
    found: dict[str, Json] = {
        "schema": "tierdeps/shake/1",
        "ok": shaking.check.ok,
        "complete": shaking.complete,
        "watched": shaking.watched,
        "slow": shaking.slow,
        "seed": shaking.seed,
        "runs": shaking.runs,
        "orders": shaking.orders,
        "pairs": {"all": shaking.pairs, "covered": shaking.covered},
        "findings": [finding_document(finding) for finding in shaking.check.findings],
        "flaky": [
            {**_step(item.step, stops=item.stops), "failed": item.failed, "runs": item.runs, "reason": item.reason}
            | ({"repeatable": True} if item.repeatable else {})
            for item in shaking.flaky
        ],
        "failing": [{**_step(item.step, stops=item.stops), "reason": item.reason} for item in shaking.always],
        "unfinished": [_step(step, stops=False) for step in shaking.unfinished],
        "excluded": [{"driver": item.driver, "reason": item.reason, "whole": item.whole} for item in shaking.excluded],
    }
    if shaking.watched:
        found["unused"] = [{"driver": driver, "needed": other} for driver, other in shaking.unused]
    if shaking.check.known:
        found["known"] = [finding_document(finding) for finding in shaking.check.known]
    return found


def _step(step: Step, *, stops: bool) -> dict[str, Json]:
    return {"driver": step.driver, "phase": "stop" if stops else step.phase}


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("shake", "json", render_json), Format("shake", "text", render_text, prose=True))
