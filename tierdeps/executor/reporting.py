"""What a run has come to, as a report."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.executor.blocked import name_causes
from tierdeps.model import Outcome, Report, State
from tierdeps.model.report import Outcomes

if TYPE_CHECKING:
    from tierdeps.executor.run import Run
    from tierdeps.model import Plan

#: What to do where a run is meant to be empty.
ALLOW_EMPTY = "pass --allow-empty (allow_empty of an Executor) where that is right"


def not_run(plan: Plan, engine: str) -> Report:
    """Report that nothing of a plan began."""
    return Report(plan, tuple(Outcome(driver.name, State.PENDING) for driver in plan), engine=engine)


def report_of(run: Run, engine: str, *, interrupted: bool = False, now: bool = False) -> Report:
    """Report what a run came to; ``interrupted`` where a stop came before all was ready.

    With ``now``, the outcomes say where drivers stand at this moment, ``stopping`` and ``stopped`` included.
    """
    nodes = list(compress(run.nodes, run.notable))
    name_causes(run, nodes)
    plan, notable = run.blueprint.plan, tuple([node.outcome(now=now) for node in nodes])
    outcomes = notable if len(nodes) == len(run.nodes) else Outcomes(plan, notable)
    notes = (*run.audience.notes, *run.holds.notes())
    report = Report(plan, outcomes, interrupted, run.problem, run.now, notes, engine)
    if run.options.allow_empty or run.problem or interrupted or not report.nothing_up:
        return report
    return replace(report, problem=_nothing_up(report))


def _nothing_up(report: Report) -> str:
    """Return what is wrong with a run that brought no driver up, and what to do."""
    if not report.outcomes:
        return f"nothing to start: the plan has no driver; {ALLOW_EMPTY}"
    if report.root_causes:
        return f"nothing is up: every driver was skipped or failed; see to the reasons, or {ALLOW_EMPTY}"
    return f"nothing to start: every driver is skipped; see to the reasons, or {ALLOW_EMPTY}"
