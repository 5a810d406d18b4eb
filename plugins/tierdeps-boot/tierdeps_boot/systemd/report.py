"""Findings about units, made while they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Evidence, Finding, Origin
from tierdeps_boot._rules import UNREADABLE
from tierdeps_boot.systemd._rules import IGNORED, NOWHERE, TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tierdeps_boot.systemd.boot import Boot
    from tierdeps_boot.systemd.folders import Problem
    from tierdeps_boot.systemd.links import Link


def findings_of(boot: Boot, absence: Callable[[str], str], problems: Iterable[Problem] = ()) -> Iterator[Finding]:
    """Yield a finding for each thing that is not read, that systemd ignores, or that is not there."""
    yield from _unreadable(boot, sorted(set(problems)))
    for unit in boot.units.values():
        for line in dict.fromkeys(unit.ignored):
            message = f"systemd ignores a line of {unit.name}: {line.why}"
            evidence = Evidence("this line", Origin(line.file, line.line))
            yield IGNORED.finding(message, (unit.name,), (evidence,), subject=(line.why,), blocks=())
    for link in boot.links:
        if link.target not in boot.units:
            yield from _absent(link, absence(link.target) or "is in no folder of units")


def _unreadable(boot: Boot, problems: Iterable[Problem]) -> Iterator[Finding]:
    for problem in problems:
        drivers = (problem.unit,) if problem.unit in boot.units else ()
        evidence = Evidence(problem.unit or "this file", Origin(problem.file))
        yield UNREADABLE.finding(
            f"{problem.file} is not read: {problem.why}", drivers, (evidence,), subject=(problem.file,)
        )


def _absent(link: Link, what: str) -> Iterator[Finding]:
    origin = Origin(link.file, link.line or None)
    if link.verb == "Triggers":
        message = f"{link.unit} activates {link.target}, which {what}"
        evidence = Evidence(f"{link.unit} activates {link.target}", origin, link.why)
        yield TRIGGERS.finding(message, (link.unit,), (evidence,), subject=(link.target,), blocks=())
    elif link.verb in {"Wants", "Upholds"} and not link.line and not link.why:
        message = f"{link.target} is enabled for {link.unit}, and {what}"
        evidence = Evidence(f"{link.unit} wants {link.target}", origin)
        yield NOWHERE.finding(message, (link.unit,), (evidence,), subject=(link.target,), blocks=())
