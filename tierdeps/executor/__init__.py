"""The executor: a plan becomes effects, and the effects a report."""

from tierdeps.executor.changes.actions import Action, ActionPlan, ActionResult, Dependents
from tierdeps.executor.changes.reload import ReloadPlan, ReloadResult, difference
from tierdeps.executor.executor import Executor, run

__all__ = [
    "Action",
    "ActionPlan",
    "ActionResult",
    "Dependents",
    "Executor",
    "ReloadPlan",
    "ReloadResult",
    "difference",
    "run",
]
