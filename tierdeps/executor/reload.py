"""What has to be done to go from one plan to another while the first one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.executor.blueprint import Blueprint
from tierdeps.executor.losing import needing
from tierdeps.model import Kind, Outcome, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import Plan, PlannedDriver, Report
    from tierdeps.settings import Settings


class Reload(Value):
    """The difference of a running plan and another one: names of drivers, in the order in which it is their turn.

    What is in ``to_stop`` and in ``to_start`` is restarted; for ``to_reload`` nothing but settings changed.
    ``released`` are adopted drivers that go: they are not stopped, only left to themselves. ``retried`` are those of
    ``to_start`` that are as before, and not up.
    """

    to_stop: tuple[str, ...] = ()
    to_start: tuple[str, ...] = ()
    to_reload: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    retried: tuple[str, ...] = ()

    @property
    def restarted(self) -> tuple[str, ...]:
        """The drivers that are stopped and started again, as they are started."""
        stopped = set(self.to_stop)
        return tuple(name for name in self.to_start if name in stopped)

    def __bool__(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.to_stop or self.to_start or self.to_reload or self.released)


class Reloaded(Value):
    """What came out of a reload.

    ``report`` says how the run stands now, ``stopped`` what became of the drivers that were stopped for it; ``lost``
    names those of them that had stopped working before their stop reached them. Where the new plan did not come up,
    ``failed`` says why, and ``report`` is of the old plan again.
    """

    reload: Reload
    report: Report
    stopped: tuple[Outcome, ...] = ()
    failed: Report | None = None
    lost: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the new plan runs, all of it, every stop went well, and nothing was lost."""
        stopped_well = not any(outcome.stop_error for outcome in self.stopped)
        return self.failed is None and self.report.ok and stopped_well and not self.lost


class _Standing:
    """How the drivers of the running plan stand; one of which nothing is known is taken to be ready."""

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self._outcomes = {outcome.driver: outcome for outcome in outcomes}

    def _of(self, name: str) -> Outcome:
        return self._outcomes.get(name) or Outcome(name, State.READY, begun=True)

    def is_up(self, name: str) -> bool:
        """Tell whether it counts as ready."""
        return self._of(name).state.satisfies_barrier or self._of(name).ignored

    def runs(self, name: str) -> bool:
        """Tell whether it can be told of other settings."""
        return self._of(name).state in (State.READY, State.ADOPTED)

    def is_adopted(self, name: str) -> bool:
        """Tell whether it is not ours to stop."""
        return self._of(name).state is State.ADOPTED

    def is_to_stop(self, name: str) -> bool:
        """Tell whether a phase of it began, and its stop did not."""
        outcome = self._of(name)
        return outcome.begun and not outcome.stopped and not outcome.stop_error


def difference(old: Plan, new: Plan, before: Settings, after: Settings, outcomes: Iterable[Outcome] = ()) -> Reload:
    """Compute what a reload has to do; a driver of the old plan without an outcome is taken to be ready.

    What went, changed, or is not up is stopped, and with it all that requires it; what is adopted never is. Another
    tier or stage, and another order, are no change of a driver.
    """
    standing = _Standing(outcomes)
    same = {
        name for name in old.drivers if name in new.drivers and _marks(old.drivers[name]) == _marks(new.drivers[name])
    }
    down = {name for name in old.drivers if not standing.is_up(name)}
    affected = _affected(old, (old.drivers.keys() - same) | down, standing)
    names = [driver.name for driver in new]
    kept = [name for name in names if name in old.drivers and name not in affected]
    settings = {name for name in kept if standing.runs(name) and before.of(name) != after.of(name)}
    return Reload(
        tuple(
            name for name in reversed([driver.name for driver in old]) if name in affected and standing.is_to_stop(name)
        ),
        tuple(name for name in names if name not in old.drivers or name in affected),
        tuple(name for name in kept if name in settings),
        tuple(name for name in kept if name not in settings),
        tuple(driver.name for driver in old if driver.name not in new.drivers and standing.is_adopted(driver.name)),
        tuple(name for name in names if name in same & down),
    )


def _affected(plan: Plan, roots: set[str], standing: _Standing) -> set[str]:
    """Add all that requires one of the drivers, but for what is adopted: that goes on."""
    blueprint = Blueprint.of(plan)
    firm = [standing.is_adopted(driver.name) for driver in blueprint.planned]
    places = needing(blueprint, (blueprint.place[name] for name in roots), firm.__getitem__)
    return roots | {blueprint.planned[place].name for place in places}


def _marks(driver: PlannedDriver) -> tuple[object, ...]:
    """Return what a driver cannot change in while it runs; what it only wants, or comes after, may come and go."""
    required = [
        {(wait.step, wait.target, wait.skipped) for wait in waits if wait.kind is Kind.REQUIRES}
        for waits in driver.waits
    ]
    wanted = {wait.target for waits in driver.waits for wait in waits if wait.kind is Kind.WANTS} | {*driver.absent}
    names = {name.partition(":")[0] for name in wanted}  # one that is absent keeps the phase that it was declared with
    # A class by its identity: a metaclass may make even a comparison raise.
    kind = driver.lifecycle if isinstance(driver.lifecycle, str) else id(driver.lifecycle)
    return kind, driver.process, driver.phases, driver.policy, driver.disabled, required, names
