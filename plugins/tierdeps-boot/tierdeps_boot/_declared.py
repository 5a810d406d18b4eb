"""From drivers and problems to declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Declarations, Evidence, InputError
from tierdeps_boot._names import origin_of
from tierdeps_boot._rules import PARTLY, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps import Driver, Finding, Tier
    from tierdeps_boot._problems import Problem, Problems


def declared(
    source: str,
    drivers: Sequence[Driver],
    problems: Problems,
    *,
    tiers: Sequence[Tier] = (),
    facts: Mapping[str, bool] | None = None,
    disabled: Sequence[str] = (),
) -> Declarations:
    """Return the declarations of a GRAPH. Raises InputError if there is a problem and no driver."""
    if not drivers:
        for problem in problems.found:
            place = f"line {problem.place.line}" if problem.place.line else ""
            raise InputError(problem.place.file or source, problem.message, place)
    findings = tuple(map(_finding, problems.found))
    return Declarations(
        tuple(drivers), tuple(tiers), facts=facts or {}, disabled=frozenset(disabled), findings=findings
    )


def _finding(problem: Problem) -> Finding:
    rule = PARTLY if problem.warning else UNREADABLE
    place = f"{problem.place.file}:{problem.place.line}" if problem.place.line else problem.place.file
    evidence = Evidence("this entry", origin_of(problem.place))
    return rule.finding(f"{place}: {problem.message}", problem.drivers, (evidence,), subject=(problem.message,))
