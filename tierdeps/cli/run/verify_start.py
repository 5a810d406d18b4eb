"""Before anything starts: whether the variables of processes are set, and what they run exists."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tierdeps.model.plan import PlannedDrivers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps.model import Finding, Plan, PlannedDriver

ABORT = "abort"


def start_findings(plan: Plan, on_failure: str) -> Iterator[Finding]:
    """Yield what would let a process of the plan fail on this host, as far as that would stop the whole run.

    ``on_failure`` is the policy of drivers without one of their own.
    """
    if isinstance(plan.drivers, PlannedDrivers):
        return  # names alone are no processes
    environment = dict(os.environ)  # os.environ decodes each of its values whenever it is asked
    for driver in plan:
        if driver.process is not None and driver.host is None and not (driver.disabled or driver.blocked):
            yield from _driver_findings(plan, driver, driver.policy.on_failure or on_failure, environment)


def _driver_findings(
    plan: Plan, driver: PlannedDriver, on_failure: str, environment: Mapping[str, str]
) -> Iterator[Finding]:
    from tierdeps.model import Origin
    from tierdeps.processes.resolve import UnresolvedError, resolved
    from tierdeps.processes.verify import program_problems
    from tierdeps.rules import missing_program, missing_variable

    process, origin = driver.process, driver.origin or Origin()
    assert process is not None  # noqa: S101  the caller looked
    try:
        found = resolved(process, environment)
    except UnresolvedError as error:
        for problem in dict.fromkeys(error.problems):
            yield missing_variable.finding(driver.name, problem, origin)
        return
    if on_failure == ABORT:
        # What starts before it may create files, so these are looked for when it starts.
        is_first = driver.tier == plan.tiers[0].name and not any(driver.waits)
        for problem in program_problems(found, environment, paths=is_first):
            yield missing_program.finding(driver.name, problem, origin, process)
