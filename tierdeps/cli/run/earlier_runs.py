"""What earlier runs of an instance did on the workers of a fleet, as the journal has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.engines.fleet.options import DEFAULT_HOST
from tierdeps.journal.text import NOT_HELD, is_held_by_workers
from tierdeps.model import StepEvent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps.journal import Journal, RunRecord
    from tierdeps.model import Plan


def last_effective(journal: Journal, run: RunRecord) -> RunRecord:
    """Return the last run of an instance that did something on workers; the last one if none did."""
    runs = journal.runs(run.info.instance)
    return next((one for one in runs if not one.info.scheduler or _done_on(one, one.plan_summary.hosts)), run)


def held_elsewhere(journal: Journal, key: str, plan: Plan) -> Mapping[str, Sequence[str]]:
    """Return the drivers that earlier runs of an instance may have left up, by the host that these had them on.

    A run does nothing before all such hosts have answered: of the runs before one that did something nothing is left.
    """
    found: dict[str, list[str]] = {}
    for run in journal.runs(key):
        hosts = {name: DEFAULT_HOST for name in run.plan_summary.drivers if _runs_something(plan, name)}
        hosts |= run.plan_summary.hosts
        for name, driver in run.states().items() if is_held_by_workers(run) else ():
            if name in hosts and driver.state not in NOT_HELD:
                found.setdefault(hosts[name], []).append(name)
        if run.info.scheduler and _done_on(run, hosts):
            break
    return found


def _runs_something(plan: Plan, name: str) -> bool:
    """Return whether a plan has a driver that is no milestone: the journal does not know what is one."""
    return name in plan.drivers and not plan.drivers[name].runs_nothing


def _done_on(run: RunRecord, hosts: Mapping[str, str]) -> bool:
    """Return whether a step of a driver with a host was done in a run."""
    return any(event.mark is StepEvent.DONE and event.driver in hosts for event in run.events())
