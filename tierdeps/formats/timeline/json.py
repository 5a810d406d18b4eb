"""A run's start as JSON: ``tierdeps/timeline/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps.analysis.timeline import Bar, BarWait, Timeline
    from tierdeps.words.documents import Json


def document(timeline: Timeline) -> Json:
    """Return the whole document; ``steps`` and ``chain`` are in the order of their start."""
    critical = {wait.bar for wait in timeline.critical_path}
    tiers = {row.driver: band.tier for band in timeline.bands for row in band.rows}
    hosts = {row.driver: row.host for row in timeline.rows if row.host is not None}
    waits = sorted(timeline.waits, key=lambda wait: (wait.bar.started, wait.bar.ended, wait.bar.step))
    return {
        "schema": "tierdeps/timeline/1",
        "title": timeline.title,
        "digest": timeline.digest,
        "outcome": timeline.outcome,
        "seconds": _round(timeline.seconds),
        "tiers": [
            {
                "name": band.tier,
                "began": _round(band.started),
                "ended": _round(band.ended),
                "drivers": [row.driver for row in band.rows],
            }
            for band in timeline.bands
        ],
        "steps": [_step(wait, tiers, hosts, critical=wait.bar in critical) for wait in waits],
        "chain": [_name(wait.bar) for wait in timeline.critical_path],
    }


def _step(wait: BarWait, tiers: Mapping[str, str], hosts: Mapping[str, str], *, critical: bool) -> Json:
    bar = wait.bar
    host: dict[str, Json] = {"host": hosts[bar.step.driver]} if bar.step.driver in hosts else {}
    return {
        "driver": bar.step.driver,
        "phase": bar.step.phase,
        "tier": tiers[bar.step.driver],
        **host,
        "began": _round(bar.started),
        "ended": _round(bar.ended),
        "result": str(bar.result),
        "reason": bar.reason,
        "critical": critical,
        "why": str(wait.reason),
        "waited_for": None if wait.before is None else _name(wait.before),
        "idle": _round(wait.idle),
    }


def _name(bar: Bar) -> Json:
    return {
        "driver": bar.step.driver,
        "phase": bar.step.phase,
        "began": _round(bar.started),
        "ended": _round(bar.ended),
    }


def _round(seconds: float) -> float:
    return round(seconds, 6)


def render(timeline: Timeline, view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    del view
    return lines(document(timeline))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("timeline", "json", render),)
