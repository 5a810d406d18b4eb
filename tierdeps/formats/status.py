"""The state of a run: ``tierdeps status``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.journal.instances import sources_of
from tierdeps.journal.text import status_lines
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.journal.status import DriverStatus, Status
    from tierdeps.words.documents import Json


def render_text(status: Status, view: View) -> Iterator[str]:
    """Yield the lines."""
    return status_lines(status, view.palette)


def document(status: Status) -> Json:
    """Return the document as plain values."""
    run, ending = status.run, status.run.outcome
    return {
        "schema": "tierdeps/status/1",
        "title": run.info.title,
        "instance": list(sources_of(run.info.names.key)),
        "digest": run.info.digest,
        "engine": run.info.engine,
        "mode": run.info.mode,
        "pid": run.info.pid,
        "alive": run.alive,
        "killed": run.killed,
        "failed": status.failed,
        "began_at": moment(run.info.began_at),
        "ready_at": None if run.ready_at is None else moment(run.ready_at),
        "ended_at": None if run.ended_at is None else moment(run.ended_at),
        "seconds": round(status.seconds, 6),
        "interrupted": bool(ending and ending.interrupted),
        "problem": ending.problem if ending else "",
        "notes": list(ending.notes) if ending else [],
        "counts": {str(state): count for state, count in status.counts.items()},
        "drivers": [_driver(driver) for driver in status.drivers],
        "left": [
            {"driver": one.driver, "pid": one.pid, "ready": one.ready, "alive": one.alive, "ours": one.ours}
            for one in status.left
        ],
    }


def moment(seconds: float) -> str:
    """Return a moment as text in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _driver(one: DriverStatus) -> Json:
    return {
        "driver": one.driver,
        "tier": one.tier,
        **({"host": one.host} if one.host else {}),
        "state": str(one.state),
        "doing": str(one.activity),
        "step": one.step or None,
        "waits_for": list(one.awaited),
        "seconds": round(one.seconds, 6),
        "deadline_in": _rounded(one.deadline_in),
        "reason": one.reason,
        "degraded": one.degraded,
        "failure": one.failure,
        "failed_seconds": _rounded(one.failed_seconds),
        "restarts": one.restarts,
        "restarted_seconds": _rounded(one.restarted_seconds),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def render_json(status: Status, view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    del view
    return lines(document(status))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("status", "json", render_json), Format("status", "text", render_text, prose=True))
