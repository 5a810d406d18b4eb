"""What a driver may use of others: nothing but what is declared, done, and there; lifecycles of its own host only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.suggest import nearest, suggestion
from tierdeps.errors import OtherHostError, UndeclaredDependency
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import PlanRun
    from tierdeps.model import Inactive, Wait

#: What ``context.get`` returns for a driver without a lifecycle.
PLAIN = Lifecycle()


def look_up(peers: PlanRun, driver: DriverRun, phase: str, name: str) -> Lifecycle | None:
    """Return the lifecycle that a driver may use under a name, or None where it is not there."""
    for needed in there(peers, driver, phase, name):
        if needed.lifecycle is None:
            return PLAIN
        if needed.planned.host != driver.planned.host:
            here, elsewhere = (one.planned.host or "no host" for one in (driver, needed))
            raise OtherHostError(driver.name, phase, name, here, elsewhere)
        return needed.lifecycle
    return None


def there(peers: PlanRun, driver: DriverRun, phase: str, name: str) -> Iterator[DriverRun]:
    """Yield the drivers that are there under a name. Raises UndeclaredDependency where it may not be looked up."""
    planned = driver.planned
    known = False
    for wait in _matching(planned.waits[: driver.phase_index + 1], name):
        known = True
        needed = peers.driver(wait.step.driver)
        if _is_there(needed, wait):
            yield needed
    if known or any(target == name or target.startswith(f"{name}:") for target in planned.absent):
        return
    inactive = [item for item in planned.inactive if item.is_named(name)]
    if any(planned.phases.index(item.phase) <= driver.phase_index for item in inactive):
        return
    why, when = _later(driver, name, inactive)
    raise UndeclaredDependency(driver.name, phase, name, why, when, "" if why else _advice(peers, driver, name))


def provided(peers: PlanRun, driver: DriverRun) -> Mapping[str, Iterable[DriverRun]]:
    """Return the drivers that a driver may look up now, by each name for them; of an absent one, none."""
    planned = driver.planned
    found: dict[str, dict[str, DriverRun]] = {target.partition(":")[0]: {} for target in planned.absent}
    for item in planned.inactive:
        if planned.phases.index(item.phase) <= driver.phase_index:
            found.setdefault(item.target.partition(":")[0], {})
    for group in planned.waits[: driver.phase_index + 1]:
        for wait in group:
            if wait.kind is Kind.BEFORE:
                continue
            needed = peers.driver(wait.step.driver)
            is_there = _is_there(needed, wait)
            for name in (wait.target, wait.step.driver):
                under = found.setdefault(name, {})
                if is_there:
                    under[needed.name] = needed
    return {name: under.values() for name, under in found.items()}


def _matching(waits: tuple[tuple[Wait, ...], ...], name: str) -> Iterator[Wait]:
    """Yield what is declared under a name; a ``before`` is declared by the other driver, and is no use of it.

    ``mon@*`` is the name of all instances of ``mon``, which are declared one by one.
    """
    group_of = name[:-1] if name.endswith("@*") else None
    for group in waits:
        for wait in group:
            if wait.kind is not Kind.BEFORE and (
                name in (wait.target, wait.step.driver)
                or (group_of is not None and wait.step.driver.startswith(group_of))
            ):
                yield wait


def _is_there(needed: DriverRun, wait: Wait) -> bool:
    if needed.start_state is State.ADOPTED:
        return True
    done = needed.phase_index > needed.planned.phases.index(wait.step.phase)
    gone = needed.stop_started and wait.kind is not Kind.REQUIRES  # what requires it is stopped before it
    return done and needed.start_state is not State.SKIPPED and not gone


def _advice(peers: PlanRun, driver: DriverRun, name: str) -> str:
    """Return what to do in place of a requirement, where one of this name would be none; else an empty string."""
    if name == driver.name:
        return "a driver does not depend on itself: use self"
    if name in peers.compiled.index:
        return ""
    waits = [wait for group in driver.planned.waits for wait in group if wait.kind is not Kind.BEFORE]
    declared = {known for wait in waits for known in (wait.target.partition(":")[0], wait.step.driver)}
    if near := nearest(name, declared):
        return f"did you mean {near!r}, which it depends on?"
    hint = suggestion(name, peers.compiled.index)
    return f"no driver that is run has this name{hint}" if hint else ""


def _later(driver: DriverRun, name: str, inactive: Iterable[Inactive]) -> tuple[str, str | None]:
    """Return what is declared under a name for a later phase, in words, and the fact on which it is conditional."""
    later = list(zip(driver.planned.phases, driver.planned.waits, strict=True))[driver.phase_index + 1 :]
    for phase, waits in later:
        for wait in _matching((waits,), name):
            condition = f", and only when {wait.when}" if wait.when else ""
            return f"it is declared for the phase {phase!r} only, which is later{condition}", wait.when
    for item in inactive:
        what = f"it is declared for the phase {item.phase!r} only, which is later"
        return f"{what}, and only when {item.when}, which does not hold here", item.when
    return "", None
