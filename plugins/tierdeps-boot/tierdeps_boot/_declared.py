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
    evidence = Evidence("this entry" if problem.place.line else "this file", origin_of(problem.place))
    # of a file as a whole, the message says only what is wrong with it
    message = problem.message if problem.place.line else f"{problem.place.file}: {problem.message}"
    return rule.finding(message, problem.drivers, (evidence,), subject=(problem.message,))
