"""The executor: a plan becomes effects, and the effects a report."""

from tierdeps.executor.executor import Executor, run
from tierdeps.executor.reload import ReloadPlan, ReloadResult, difference
from tierdeps.executor.target import aimed

__all__ = ["Executor", "ReloadPlan", "ReloadResult", "aimed", "difference", "run"]
