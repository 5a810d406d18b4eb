"""The declarations that a lock was made of, so that it can be compared with a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import Declarations, Dependency, Driver, Kind, Origin, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.lock.value import Lock
    from tierdeps.model import Coupling, PlannedDriver


def declarations(lock: Lock) -> Declarations:
    """Return the declarations of a lock's plan: only the dependencies whose facts held, and capabilities of quorums."""
    found: dict[str, list[Dependency]] = {driver.name: [] for driver in lock.plan}
    provided = _provided(lock)
    for driver in lock.plan:
        for declarer, dependency in _dependencies(driver):
            found[declarer].append(dependency)
    drivers = tuple(
        Driver(
            driver.name,
            None if driver.name in lock.inferred or not lock.tiers else driver.tier,
            driver.phases,
            tuple(found[driver.name]),
            tuple(sorted(provided.get(driver.name, ()))),
            origin=driver.origin or Origin(),
            host=driver.host,
        )
        for driver in lock.plan
    )
    tiers = tuple(Tier(name, after, origin=Origin()) for name, after in lock.tiers.items())
    disabled = frozenset(driver.name for driver in lock.plan if driver.disabled)
    return Declarations(drivers, tiers, lock.plan.facts, disabled=disabled, fact_sources=lock.fact_sources)


def _provided(lock: Lock) -> dict[str, set[str]]:
    """Return the capabilities of which so many providers must be ready, by provider: those that are no pattern."""
    found: dict[str, set[str]] = {}
    for wait in (wait for driver in lock.plan for waits in driver.waits for wait in waits if wait.of):
        if wait.target != wait.step.driver:
            found.setdefault(wait.step.driver, set()).add(wait.target)
    return found


def _dependencies(driver: PlannedDriver) -> Iterator[tuple[str, Dependency]]:
    """Yield the dependencies of a driver, each with the driver that declares it: for ``before`` the other one.

    Of a quorum the first member's is yielded, with the target that means all of them.
    """
    origin = driver.origin or Origin()
    for step, waits in zip(driver.steps, driver.waits, strict=True):
        quorums: set[tuple[str, str | None, Coupling]] = set()
        for wait in waits:
            if wait.of:
                if (quorum := (wait.of, wait.when, wait.coupling)) in quorums:
                    continue
                quorums.add(quorum)
            mine, other = (wait.step, step) if wait.kind is Kind.BEFORE else (step, wait.step)
            yield (
                mine.driver,
                Dependency(
                    wait.kind,
                    wait.of or str(other),
                    mine.phase,
                    wait.when,
                    origin=origin,
                    skipped=wait.skipped,
                    coupling=wait.coupling,
                ),
            )
