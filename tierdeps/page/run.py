"""The data of a page that shows a recorded start, or two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps.analysis.timeline import Bar, BarWait, Timeline, TimelineComparison
    from tierdeps.words.documents import Json


def run_document(timeline: Timeline) -> dict[str, Json]:
    """Return the data of the page that shows a start."""
    return _document(timeline.title, (timeline,))


def comparison_document(comparison: TimelineComparison) -> dict[str, Json]:
    """Return the data of the page that shows a start beside an earlier one."""
    return _document(comparison.now.title, (comparison.now, comparison.before))


def _document(title: str, timelines: Sequence[Timeline]) -> dict[str, Json]:
    """Return the data; drivers and tiers are those of all starts, dependencies those of the latest plan."""
    tiers = list(dict.fromkeys(band.tier for timeline in timelines for band in timeline.bands))
    placed: dict[str, int] = {}
    for timeline in timelines:
        for band in timeline.bands:
            for row in band.rows:
                placed.setdefault(row.driver, tiers.index(band.tier))
    numbers = {name: number for number, name in enumerate(placed)}
    hosts = {row.driver: row.host for timeline in reversed(timelines) for row in timeline.rows if row.host}
    phases = _phases(timelines)
    return {
        "schema": "tierdeps/page/1",
        "kind": "run",
        "title": f"Start of {title}",
        "tiers": [{"name": name} for name in tiers],
        "drivers": [
            {
                "name": name,
                "tier": tier,
                "phases": list(phases.get(name, ("start",))),
                **({"host": hosts[name]} if name in hosts else {}),
            }
            for name, tier in placed.items()
        ],
        "edges": [
            {
                "from": numbers[need.dependent.driver],
                "to": numbers[need.needed.driver],
                "from_phase": need.dependent.phase,
                "to_phase": need.needed.phase,
                "kind": need.kind,
                "orders": True,
                **({"required": True} if need.kind == "requires" else {}),
                **({"quorum": f"a quorum of {need.atleast}", "atleast": need.atleast} if need.atleast else {}),
            }
            for need in timelines[0].needs
        ],
        "facts": {},
        "omitted": {"drivers": 0, "edges": 0},
        "runs": [_run(timeline, numbers) for timeline in timelines],
    }


def _phases(timelines: Sequence[Timeline]) -> Mapping[str, tuple[str, ...]]:
    """Return the phases of each driver: those of the plan, as far as steps of them were recorded or are needed."""
    found: dict[str, dict[str, None]] = {}
    for timeline in timelines:
        for row in timeline.rows:
            found.setdefault(row.driver, {}).update(dict.fromkeys(bar.step.phase for bar in row.bars))
    for step in (step for need in timelines[0].needs for step in (need.dependent, need.needed)):
        found.setdefault(step.driver, {}).setdefault(step.phase)
    return {name: tuple(phases) for name, phases in found.items() if phases}


def _run(timeline: Timeline, numbers: Mapping[str, int]) -> Json:
    waits = sorted(timeline.waits, key=lambda wait: (wait.bar.started, wait.bar.ended, wait.bar.step))
    critical = {wait.bar for wait in timeline.critical_path}
    places = {wait.bar: place for place, wait in enumerate(waits)}
    return {
        "outcome": timeline.outcome,
        "seconds": round(timeline.seconds, 6),
        "drivers": {
            str(numbers[row.driver]): {
                "opened": round(row.opened, 6),
                **({} if row.ready is None else {"ready": round(row.ready, 6)}),
                **({"reason": row.reason} if row.reason else {}),
            }
            for row in timeline.rows
        },
        "bars": [_bar(wait, numbers, places, critical=wait.bar in critical) for wait in waits],
    }


def _bar(wait: BarWait, numbers: Mapping[str, int], places: Mapping[Bar, int], *, critical: bool) -> Json:
    bar = wait.bar
    optional: dict[str, Json] = {"reason": bar.reason, "idle": round(wait.idle, 6), "critical": critical}
    return {
        "driver": numbers[bar.step.driver],
        "phase": bar.step.phase,
        "began": round(bar.started, 6),
        "ended": round(bar.ended, 6),
        "result": str(bar.result),
        "why": str(wait.reason),
        **({} if wait.before is None else {"before": places[wait.before]}),
        **{key: value for key, value in optional.items() if value},
    }
