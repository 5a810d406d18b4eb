"""A plan as units: one for each step and one for each tier, which is what every exporter writes in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import InputError, Kind, OnFailure, Step, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tierdeps import Plan, PlannedDriver, Policy, Process, Wait

#: The name of what starts everything.
ALL = "tierdeps"


class Link(Value):
    """What a unit comes after: the name of another unit, and whether it needs or wants that one to be up.

    It ``stops_with`` that one when it is lost, and ``restarts_with`` it when it starts again.
    """

    unit: str
    needs: bool = False
    wants: bool = False
    stops_with: bool = False
    restarts_with: bool = False


class Unit(Value):
    """A step or a tier, as another system starts it: ``process`` is None where there is nothing to run."""

    name: str
    title: str
    links: tuple[Link, ...]
    driver: PlannedDriver | None = None
    process: Process | None = None

    @property
    def policy(self) -> Policy | None:
        """The policy of its driver."""
        return self.driver.policy if self.driver else None


def units(plan: Plan) -> tuple[Unit, ...]:
    """Return the units of a plan in their order, each after what it links to; the last one is that of all."""
    names = _Names(plan)
    found: list[Unit] = []
    barrier: tuple[Link, ...] = ()
    for tier in plan.tiers:
        members = [unit for name in tier.drivers for unit in _units_of(plan, names, name, barrier)]
        name, title = names.new(f"tierdeps-tier-{tier.name}"), f"All drivers of tier {tier.name} are ready"
        found += [*members, Unit(name, title, tuple(_member_link(unit) for unit in members))]
        barrier = (Link(name, needs=True),)
    return (*found, Unit(names.new(ALL), "All drivers are ready", barrier))


class _Names:
    """Names of units, of which no two are equal: those of steps, and then new ones."""

    def __init__(self, plan: Plan) -> None:
        self._taken: set[str] = set()
        self.of_step = {step: self.new(_step_unit(step)) for driver in plan for step in driver.steps}

    def new(self, name: str) -> str:
        """Return a name that is not taken yet."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def _step_unit(step: Step) -> str:
    """Return the name of a step's unit; the phase is omitted if it is the default one, start."""
    return step.driver if step.phase == "start" else f"{step.driver}:{step.phase}"


def _units_of(plan: Plan, names: _Names, name: str, barrier: tuple[Link, ...]) -> Iterator[Unit]:
    """Yield a unit for each phase of a driver; each needs the one before it."""
    driver = plan.drivers[name]
    own: tuple[Link, ...] = ()
    for step, waits in zip(driver.steps, driver.waits, strict=True):
        links: dict[str, Link] = {}
        for wait in waits:
            link = _link(wait, names.of_step[wait.step], plan.drivers[wait.step.driver])
            links[link.unit] = _joined(link, links.get(link.unit, link))
        is_last = step.phase == driver.phases[-1]
        process = driver.process if is_last and not driver.disabled else None
        title = name if step.phase == "start" else f"{name}, phase {step.phase}"
        yield Unit(names.of_step[step], title, (*barrier, *own, *links.values()), driver, process)
        own = (Link(names.of_step[step], needs=True),)


def _link(wait: Wait, name: str, target: PlannedDriver) -> Link:
    """Return a wait as a link. A target whose failures do not count is wanted, not needed."""
    needs = wait.needs_success and target.policy.on_failure is not OnFailure.IGNORE
    wants = not needs and wait.kind in (Kind.REQUIRES, Kind.WANTS)
    terms = wait.coupling.terms
    stops, restarts = terms.get("on_loss") == "stop", terms.get("on_restart") == "restart"
    return Link(name, needs=needs, wants=wants, stops_with=stops, restarts_with=restarts)


def _joined(one: Link, other: Link) -> Link:
    """Return two links to one unit as one."""
    needs = one.needs or other.needs
    wants = not needs and (one.wants or other.wants)
    stops, restarts = one.stops_with or other.stops_with, one.restarts_with or other.restarts_with
    return Link(one.unit, needs=needs, wants=wants, stops_with=stops, restarts_with=restarts)


def _member_link(unit: Unit) -> Link:
    """Return the link from a tier to a member, which has to be ready unless its failures do not count."""
    ignored = unit.policy is not None and unit.policy.on_failure is OnFailure.IGNORE
    return Link(unit.name, needs=not ignored, wants=ignored)


def named(found: Sequence[Unit], escape: Callable[[str], str], longest: int) -> Mapping[str, str]:
    """Return the name that each unit gets elsewhere; what escapes to a name that is taken gets a number.

    Raises InputError for a name with more than ``longest`` bytes.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for unit in found:
        name = plain = escape(unit.name)
        number = 1
        while name in taken:
            number += 1
            name = f"{plain}-{number}"
        if len(name.encode()) > longest:
            raise InputError("", f"the name {unit.name!r} is too long: {longest} bytes are the limit; shorten it")
        taken.add(name)
        names[unit.name] = name
    return names


def plain_name(name: str, allowed: str) -> str:
    """Return a name with other characters than letters, digits and the allowed ones as ``_``, and a letter first."""
    text = "".join(sign if sign.isascii() and (sign.isalnum() or sign in allowed) else "_" for sign in name)
    return text if text[0].isalnum() else f"x{text}"
