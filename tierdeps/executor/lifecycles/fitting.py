"""The check whether a lifecycle fits its driver's phases, before anything of it is called."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps.errors import LifecycleError
from tierdeps.model import Kind
from tierdeps.rule_codes import UNFIT_LIFECYCLE, is_meant, most_specific

if TYPE_CHECKING:
    from tierdeps.conformance import Misfit
    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import PlanRun
    from tierdeps.lifecycle import Lifecycle
    from tierdeps.model import PlannedDriver


class Fitting:
    """Refuses a driver whose lifecycle does not fit its phases, before anything of it is called.

    Each class is checked once for each tuple of phases; settings that ignore the rule have it ignored here too.
    """

    def __init__(self, plan: PlanRun) -> None:
        self._plan = plan.compiled.plan
        settings = plan.settings
        lowered = most_specific(settings.severity, *UNFIT_LIFECYCLE) not in (None, "error")
        self._ignored = lowered or any(is_meant(selector, *UNFIT_LIFECYCLE) for selector in settings.ignore)
        # By identity, as all classes here: a metaclass may have made its classes unhashable. Each class is kept too.
        self._found: dict[tuple[int, tuple[str, ...]], tuple[type, tuple[Misfit, ...]]] = {}

    def check(self, driver: DriverRun) -> None:
        """Raise LifecycleError where a driver's lifecycle does not fit."""
        lifecycle, planned = driver.lifecycle, driver.planned
        if lifecycle is None or planned.process is not None or self._ignored:
            return
        kind, phases = type(lifecycle), planned.phases
        known = self._found.get((id(kind), phases))
        if known is None:
            known = self._found[id(kind), phases] = kind, self._misfits(kind, phases, planned)
        _, found = known
        if not found:
            return
        problem = "; ".join(misfit.problem for misfit in found if not (misfit.idle and planned.name in self._looked_up))
        if problem:
            reference = planned.lifecycle if isinstance(planned.lifecycle, str) else kind.__qualname__
            raise LifecycleError(planned.name, reference, f"does not fit its phases: {problem}")

    def _misfits(
        self, lifecycle: type[Lifecycle], phases: tuple[str, ...], planned: PlannedDriver
    ) -> tuple[Misfit, ...]:
        from tierdeps.conformance import misfits, shared_methods

        found = misfits(lifecycle, phases)
        if not found:
            return ()
        kinds: dict[type, set[str]] = {lifecycle: set()}
        for driver in self._plan.whole.drivers.values():
            if driver.lifecycle == planned.lifecycle:
                kinds[lifecycle].update(driver.phases)
            elif isinstance(driver.lifecycle, type):
                kinds.setdefault(driver.lifecycle, set()).update(driver.phases)
        return misfits(lifecycle, phases, shared_methods(lifecycle, kinds))

    @cached_property
    def _looked_up(self) -> frozenset[str]:
        """Name the drivers whose lifecycles others may look up; under facts that do not hold, any may be."""
        plan = self._plan.whole
        if not all(plan.facts.values()):
            return frozenset(plan.drivers)
        waits = ((driver.name, wait) for driver in plan.drivers.values() for row in driver.waits for wait in row)
        return frozenset(
            wait.step.driver
            for name, wait in waits
            if wait.kind in {Kind.REQUIRES, Kind.WANTS} and wait.step.driver != name
        )
