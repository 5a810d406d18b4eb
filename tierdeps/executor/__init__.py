"""The executor: a plan becomes effects, and the effects a report."""

from tierdeps.executor.actions import Action, ActionPlan, ActionResult, Dependents
from tierdeps.executor.executor import Executor, run
from tierdeps.executor.reload import ReloadPlan, ReloadResult, difference

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
