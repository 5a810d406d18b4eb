"""Timelines: of a run that takes place as the documentation is built, and of the race in a model."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

from tierdeps_pictures import Picture, run_in

from tierdeps import DependencyGraph
from tierdeps.importers import Source
from tierdeps.importers.toml import read
from tierdeps.timing import parse_timing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docutils import nodes

    from tierdeps import Plan

NAMES, CHART, ROW, HEAD, FOOT = 150, 520, 24, 34, 24


class Bar(NamedTuple):
    """A step in time; with a thread, when what it left behind looks at what it needs."""

    name: str
    start: float
    end: float
    thread: float | None = None


class Axis(NamedTuple):
    """What is shown: a span of time, the step that leaves a thread behind, and the step that the thread needs."""

    first: float
    last: float
    step: str
    needed: str


class TimelinePicture(Picture):
    """``.. tierdeps-timeline::`` with a graph file as content: how its start goes, on the machine of the build."""

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "stack.toml").write_text("\n".join(self.content))
            state = Path(folder, "state")
            run_in(state, ("start", "stack.toml", "--once", "--quiet"), Path(folder))
            drawn = run_in(state, ("timeline", "stack.toml", "--format", "svg"), Path(folder))
            # as a picture of its own, for its styles are for a whole document
            data = b64encode(drawn.encode()).decode()
            image = f'<img alt="The timeline of a start" src="data:image/svg+xml;base64,{data}">'
            return self.shown(image, "timeline")


def plan_of(file: Path) -> tuple[Plan, list[str]]:
    """Return the plan of a graph file, and its drivers in the order in which they are declared."""
    declarations = read(Source(file.name, file, file.read_bytes()))
    graph = DependencyGraph.of(declarations)
    return graph.collapse(), [driver.name for driver in graph.declarations.drivers]


def in_passes(plan: Plan, registered: Sequence[str]) -> list[Bar]:
    """Return the steps as two passes run them: the first phases of all drivers one by one, then the second ones."""
    now, bars = 0.0, []
    for number in range(max(len(driver.phases) for driver in plan.drivers.values())):
        for name in registered:
            steps = plan.drivers[name].steps
            if number < len(steps):
                took, thread = _durations(plan, name, steps[number].phase)
                after = None if thread is None else now + took + thread
                bars.append(Bar(str(steps[number]), now, now + took, after))
                now += took
    return bars


def in_tiers(plan: Plan, timed: Plan) -> list[Bar]:
    """Return the steps as the plan runs them: each when what it waits for is done, and its tier is open.

    How long they take is taken from another plan of the same drivers.
    """
    done: dict[str, Bar] = {}
    opened = 0.0
    for tier in plan.tiers:
        waiting = [
            (step, waits)
            for stage in tier.stages
            for name in stage
            for step, waits in zip(plan.drivers[name].steps, plan.drivers[name].waits, strict=True)
        ]
        while waiting:
            step, waits = waiting.pop(0)
            steps = plan.drivers[step.driver].steps
            needed = [str(wait.step) for wait in waits] + [str(each) for each in steps[: steps.index(step)][-1:]]
            if any(name not in done for name in needed):
                waiting.append((step, waits))
                continue
            start = max([opened, *(done[name].end for name in needed)])
            took, thread = _durations(timed, step.driver, step.phase)
            done[str(step)] = Bar(str(step), start, start + took, None if thread is None else start + took + thread)
        opened = max(bar.end for bar in done.values())
    return list(done.values())


def _durations(plan: Plan, driver: str, phase: str) -> tuple[float, float | None]:
    """Return the medians of a step and of the thread that it leaves behind."""
    timing = parse_timing(dict(plan.drivers[driver].timing).get(phase, "0"), phase)
    return timing.parameters[0], timing.thread.parameters[0] if timing.thread else None


class RacePicture(Picture):
    """``.. tierdeps-race:: BEFORE AFTER STEP NEEDED``: a restart by two passes, and one by a plan with tiers.

    The durations are the medians of the graph files. ``STEP`` leaves a thread behind that needs ``NEEDED``.
    """

    required_arguments = 4

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        before, after, step, needed = self.arguments
        timed, registered = plan_of(self.file(before))
        tiered, _ = plan_of(self.file(after))
        pictures = [
            ("Two passes: first all initialize, then all autostart", in_passes(timed, registered)),
            ("Tiers: hypervisors start when everything else is ready", in_tiers(tiered, timed)),
        ]
        return self.shown(race(pictures, step, needed))


def race(pictures: Sequence[tuple[str, list[Bar]]], step: str, needed: str) -> str:
    """Draw the ends of several starts on one axis, with the moment at which the thread of a step needs another step."""
    first = min(bar.start for _, bars in pictures for bar in bars if bar.name == step) - 0.08
    last = max(bar.end for _, bars in pictures for bar in bars) + 0.03
    parts, top = [], 0.0
    for title, bars in pictures:
        top = _chart(parts, top, title, bars, Axis(first, last, step, needed))
    size = f'viewBox="0 0 {NAMES + CHART + 10} {top}" width="{NAMES + CHART + 10}"'
    head = f'<svg role="img" xmlns="http://www.w3.org/2000/svg" {size} fill="currentColor" font-size="12">'
    body = "\n".join(parts)
    return f"{head}\n<title>The same restart by two passes and by tiers</title>\n{body}\n</svg>"


def _chart(parts: list[str], top: float, title: str, bars: list[Bar], axis: Axis) -> float:
    """Add the chart of one start, and return where it ends."""
    first, last, step, needed = axis

    def at(time: float) -> float:
        return NAMES + max(0.0, (time - first) / (last - first)) * CHART

    found = {bar.name: bar for bar in bars}
    looked, ready = found[step].thread or found[step].end, found[needed].end
    shown = [bar for bar in bars if bar.end > bar.start and (bar.end > first or bar.name == needed)]
    parts.append(f'<text x="0" y="{top + 18}" font-weight="bold">{escape(title)}</text>')
    y = top + HEAD
    for bar in shown:
        colour = "#c0392b" if bar.name == needed and ready > looked else "#2471a3"
        parts.append(f'<text x="{NAMES - 8}" y="{y + 15}" text-anchor="end">{escape(bar.name)}</text>')
        left, width = at(bar.start), max(2.0, at(bar.end) - at(bar.start))
        parts.append(
            f'<rect x="{left:.1f}" y="{y + 3}" width="{width:.1f}" height="{ROW - 8}" fill="{colour}" rx="2"/>'
        )
        if bar.thread:
            box = f'x="{at(bar.end):.1f}" y="{y + 3}" width="{at(bar.thread) - at(bar.end):.1f}" height="{ROW - 8}"'
            parts.append(f'<rect {box} fill="none" stroke="{colour}" stroke-dasharray="3 2"/>')
        if bar.end <= first:
            parts.append(
                f'<text x="{NAMES + 8}" y="{y + 15}" font-size="11">done {bar.end:.3f} s after the start</text>'
            )
        y += ROW
    late = ready > looked
    parts.append(f'<path d="M{at(looked):.1f} {top + HEAD - 4}V{y}" stroke="#c0392b" stroke-width="1.5"/>')
    words = "looks for its pool: not active yet, the guest is stopped" if late else "looks for its pool: it is active"
    place = f'x="{at(looked):.1f}" y="{y + 14}" text-anchor="middle" font-size="11" fill="#c0392b"'
    parts.append(f"<text {place}>a guest's thread {words}</text>")
    parts.append(f'<path d="M{NAMES} {y}H{NAMES + CHART}" stroke="currentColor" opacity="0.4"/>')
    return y + FOOT + 8


def setup(app: Any) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("tierdeps-timeline", TimelinePicture)
    app.add_directive("tierdeps-race", RacePicture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
