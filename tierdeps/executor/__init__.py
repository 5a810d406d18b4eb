"""The executor: a plan becomes effects, and the effects a report."""

from tierdeps.executor.executor import Executor, run
from tierdeps.executor.reload import ReloadPlan, ReloadResult, difference

__all__ = ["Executor", "ReloadPlan", "ReloadResult", "difference", "run"]
