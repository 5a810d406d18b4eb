"""A reload as text and as JSON: what has to be done, and what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.reporters.json_lines import report_document
from tierdeps.words.report import report_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.executor.reload import Reload, Reloaded
    from tierdeps.model import Plan
    from tierdeps.words.documents import Json


def difference_lines(reload: Reload, *, dry_run: bool) -> Iterator[str]:
    """Yield what has to be done, in the order in which it is, and a summary."""
    will = "would" if dry_run else "will"
    deeds = (
        (reload.to_stop, "stop"),
        (reload.released, "let go of"),
        (reload.to_start, "start"),
        (reload.to_reload, "reload"),
    )
    for names, verb in deeds:
        yield from (printable(f"{will} {verb} {name}") for name in names)
    counts = [f"{len(names)} to {verb}" for names, verb in deeds if names]
    if reload.restarted:
        counts.append(f"{len(reload.restarted)} of them again")
    counts.append(f"{len(reload.untouched)} left untouched")
    yield ", ".join(counts) + ("; nothing was done" if dry_run else "") if reload else "nothing changed"


def outcome_lines(reloaded: Reloaded, *, verbose: bool) -> Iterator[str]:
    """Yield what came out."""
    for outcome in reloaded.stopped:
        if outcome.driver in reloaded.lost:
            yield printable(f"failed: {outcome.driver}: {outcome.reason}")
        if outcome.stop_error:
            yield printable(f"stop failed: {outcome.driver}: {outcome.stop_error}")
        yield from (printable(f"left behind: {straggler}") for straggler in outcome.stragglers)
    if reloaded.failed is None:
        yield from report_lines(reloaded.report, verbose=verbose)
        return
    yield "error: the new graph did not come up, and the old one was restored"
    yield from report_lines(reloaded.failed, verbose=verbose)
    yield "what runs now:"
    yield from report_lines(reloaded.report, verbose=verbose)


def document(plan: Plan, reload: Reload, reloaded: Reloaded | None = None) -> Json:
    """Return a reload to a plan as plain values; without what came out, it is a dry run's."""
    failed = None if reloaded is None else reloaded.failed
    return {
        "schema": "tierdeps/reload/1",
        "dry_run": reloaded is None,
        "ok": reloaded is None or reloaded.ok,
        "digest": plan.digest,
        "stop": [*reload.to_stop],
        "start": [*reload.to_start],
        "reload": [*reload.to_reload],
        "released": [*reload.released],
        "untouched": [*reload.untouched],
        "failed": None if failed is None else report_document(failed),
        "report": None if reloaded is None else report_document(reloaded.report),
    }
