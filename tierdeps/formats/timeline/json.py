"""A run's start as JSON: ``tierdeps/timeline/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.timeline import Bar, Link, Timeline
    from tierdeps.words.documents import Json


def document(timeline: Timeline) -> Json:
    """Return the whole document; ``steps`` and ``chain`` are in the order in which they began."""
    critical = {link.bar for link in timeline.chain}
    tiers = {row.driver: band.tier for band in timeline.bands for row in band.rows}
    links = sorted(timeline.links, key=lambda link: (link.bar.began, link.bar.ended, link.bar.step))
    return {
        "schema": "tierdeps/timeline/1",
        "title": timeline.title,
        "digest": timeline.digest,
        "outcome": timeline.outcome,
        "seconds": _round(timeline.seconds),
        "tiers": [
            {
                "name": band.tier,
                "began": _round(band.began),
                "ended": _round(band.ended),
                "drivers": [row.driver for row in band.rows],
            }
            for band in timeline.bands
        ],
        "steps": [_step(link, tiers[link.bar.step.driver], critical=link.bar in critical) for link in links],
        "chain": [_name(link.bar) for link in timeline.chain],
    }


def _step(link: Link, tier: str, *, critical: bool) -> Json:
    bar = link.bar
    return {
        "driver": bar.step.driver,
        "phase": bar.step.phase,
        "tier": tier,
        "began": _round(bar.began),
        "ended": _round(bar.ended),
        "result": str(bar.result),
        "reason": bar.reason,
        "critical": critical,
        "why": str(link.why),
        "waited_for": None if link.before is None else _name(link.before),
        "idle": _round(link.idle),
    }


def _name(bar: Bar) -> Json:
    return {"driver": bar.step.driver, "phase": bar.step.phase, "began": _round(bar.began), "ended": _round(bar.ended)}


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
