"""What runs have shown besides findings, in sentences: what failed and is not explained, and what was not examined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.words.sentences import counted, step_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Shaking, Step


def note_lines(shaking: Shaking) -> Iterator[str]:
    """Yield all that the text of the answer says besides the findings and the sum."""
    yield from failures(shaking)
    for driver, other in shaking.unused:
        yield f"note: {driver} declares that it needs {other}, and was not seen to use it"
    yield from (f"note: {text}" for text in _excluded(shaking))


def failures(shaking: Shaking) -> Iterator[str]:
    """Yield what failed without a dependency that explains it."""
    for flaky in shaking.flaky:
        name = _name(flaky.step, stops=flaky.stops)
        failed = f"{name} failed in {flaky.failed} of {flaky.runs} runs"
        if flaky.repeatable:
            yield f"unexplained: {failed}, each time in the same orders; no dependency explains it: {flaky.reason}"
        else:
            yield f"flaky: {failed}, whatever the order: {flaky.reason}"
    for always in shaking.always:
        yield f"failed: {_name(always.step, stops=always.stops)} failed in every run: {always.reason}"
    for step in shaking.unfinished:
        yield f"unfinished: {step_name(step)} failed in some runs; more runs are needed to find out why"


def gaps(shaking: Shaking) -> Iterator[str]:
    """Yield what the runs did not examine."""
    if not shaking.complete:
        tried = f", {pairs_tried(shaking)}" if shaking.pairs else ""
        why = "an interrupt" if shaking.interrupted else "the limit"
        yield f"{why} ended the search early, after {counted(shaking.runs, 'run')}{tried}"
    yield from _excluded(shaking)


def pairs_tried(shaking: Shaking) -> str:
    """Return what the first runs were made for, and the share of it that was reached; only if there are pairs."""
    share = f" ({shaking.covered / shaking.pairs:.0%})"
    pairs = f"{shaking.covered} of {counted(shaking.pairs, 'pair')}"
    return f"to delay one driver each, for {pairs}{share}" if shaking.slow else f"for {pairs} in both orders{share}"


def _excluded(shaking: Shaking) -> Iterator[str]:
    for excluded in shaking.excluded:
        what = "is not examined" if excluded.whole else "may be needed by others without being noticed"
        yield f"{excluded.driver} {what}: {excluded.reason}"


def _name(step: Step, *, stops: bool) -> str:
    return f"the stop of {step.driver}" if stops else step_name(step)
