"""The part of a plan that is stored with a run, so that ``status`` and ``timeline`` need not read the graph again."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value, field
from tierdeps.journal.errors import Damage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from tierdeps.model.edges import Step
    from tierdeps.model.plan import Plan, PlannedDriver

#: The phases of a driver that declares none.
DEFAULT_PHASES = ("start",)


class Need(NamedTuple):
    """A step that another one waits for; ``kind`` is the verb of the dependency, as ``requires``.

    ``atleast`` is how many of the drivers of a quorum must be ready, of which this step is one; 0 where it is in none.
    """

    step: Step
    kind: str
    atleast: int = 0


class PlanSummary(Value, dict=True):
    """The drivers of a plan in its order, and what each of their steps waits for.

    ``tiers`` are names with the number of drivers in each. ``phases`` has only drivers that do not have
    DEFAULT_PHASES, ``timeouts`` (of a phase, of a stop) and ``on_failure`` only those that do not leave it to the run,
    ``hosts`` only those that have one.
    ``load_dependencies`` returns three equally long rows of unsigned integers in the machine's byte order: the numbers
    of steps, of the steps that those wait for, and of the verbs in ``kinds``; that of a quorum is larger by its
    ``atleast`` times the number of verbs. It is called at most once, because
    ``dependencies`` caches its result; to collect them takes longer than all the rest.
    """

    drivers: tuple[str, ...]
    tiers: tuple[tuple[str, int], ...]
    phases: Mapping[str, tuple[str, ...]]
    timeouts: Mapping[str, tuple[float | None, float | None]]
    kinds: tuple[str, ...]
    load_dependencies: Callable[[], bytes]
    on_failure: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)

    def phases_of(self, driver: str) -> tuple[str, ...]:
        """Return a driver's phases."""
        return self.phases.get(driver, DEFAULT_PHASES)

    def tier_of(self, driver: str) -> str:
        """Return the tier of a driver; empty if it is not in this plan."""
        index = self._indices.get(driver)
        return "" if index is None else self.tiers[bisect_right(self._tier_ends, index)][0]

    def needs(self, driver: str, phase: str) -> tuple[Need, ...]:
        """Return what a step waits for, apart from its tier and its driver's phase before it."""
        return self._needs.get((driver, phase), ())

    @cached_property
    def dependencies(self) -> bytes:
        """Which step waits for which, as ``load_dependencies`` returns it."""
        return self.load_dependencies()

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.drivers)}

    @cached_property
    def _tier_ends(self) -> list[int]:
        ends, end = [], 0
        for _, size in self.tiers:
            end += size
            ends.append(end)
        return ends

    @cached_property
    def _needs(self) -> Mapping[tuple[str, str], tuple[Need, ...]]:
        from tierdeps.model.edges import Step

        steps = [Step(name, phase) for name in self.drivers for phase in self.phases_of(name)]
        numbers = array("I")
        numbers.frombytes(self.dependencies)
        third = len(numbers) // 3
        found: dict[Step, list[Need]] = {}
        for step, needed, kind in zip(numbers[:third], numbers[third : 2 * third], numbers[2 * third :], strict=True):
            atleast, verb = divmod(kind, len(self.kinds))
            found.setdefault(steps[step], []).append(Need(steps[needed], self.kinds[verb], atleast))
        return {step: tuple(needs) for step, needs in found.items()}


def summarize(plan: Plan) -> PlanSummary:
    """Return the summary of a plan."""
    from tierdeps.model.kind import Kind
    from tierdeps.model.policy import DEFAULT_POLICY

    drivers, tiers = list(plan), [(tier.name, tier.drivers) for tier in plan.tiers]
    with_policy = [driver for driver in drivers if driver.policy is not DEFAULT_POLICY]
    return PlanSummary(
        tuple(chain.from_iterable(names for _, names in tiers)),
        tuple((tier, len(names)) for tier, names in tiers),
        phases={driver.name: driver.phases for driver in drivers if driver.phases != DEFAULT_PHASES},
        timeouts={
            driver.name: (driver.policy.timeout, driver.policy.stop_timeout)
            for driver in with_policy
            if driver.policy.timeout or driver.policy.stop_timeout
        },
        kinds=tuple(map(str, Kind)),
        load_dependencies=partial(_dependencies, drivers),
        on_failure={driver.name: str(driver.policy.on_failure) for driver in with_policy if driver.policy.on_failure},
        hosts={driver.name: driver.host for driver in drivers if driver.host is not None},
    )


def _dependencies(drivers: list[PlannedDriver]) -> bytes:
    """Return which step waits for which, by which verb, as three rows of numbers."""
    from tierdeps.model.coupling import UNCOUPLED
    from tierdeps.model.kind import Kind

    where, number = {}, 0
    for driver in drivers:
        where[driver.name] = number, driver.phases if len(driver.phases) > 1 else None
        number += len(driver.phases)
    steps, needed, verbs = list[int](), list[int](), list[int]()
    # By id(): the members of an enum live as long as the program, and hashing one would run Python code for each
    # dependency of what may be a million drivers.
    kinds = {id(kind): code for code, kind in enumerate(Kind)}
    number = 0
    for driver in drivers:
        for waits in driver.waits:
            for wait in waits:
                name, phase = wait.step
                first, phases = where[name]
                steps.append(number)
                needed.append(first if phases is None else first + phases.index(phase))
                atleast = 0 if wait.coupling is UNCOUPLED else wait.coupling.atleast or 0
                verbs.append(kinds[id(wait.kind)] + atleast * len(kinds))
            number += 1
    return array("I", steps + needed + verbs).tobytes()


def store_summary(connection: sqlite3.Connection, summary: PlanSummary, digest: str) -> str:
    """Write the summary of a plan unless it is stored; return its key.

    After the first run of a plan it is stored, so that a start does not collect the dependencies again. The text is
    compared too: what is damaged is replaced.
    """
    key, text = dump_summary(summary, digest)
    if connection.execute("SELECT summary FROM plans WHERE key = ?", (key,)).fetchone() != (text,):
        connection.execute("REPLACE INTO plans VALUES (?, ?, ?)", (key, text, summary.dependencies))
    return key


def remove_unused_plans(connection: sqlite3.Connection) -> None:
    """Delete plans that no run has any more, neither as its first nor as its current one."""
    connection.execute("DELETE FROM plans WHERE key NOT IN (SELECT plan FROM runs UNION SELECT first_plan FROM runs)")


def dump_summary(summary: PlanSummary, digest: str) -> tuple[str, str]:
    """Return the key of a summary, which equal summaries share, and its text without the dependencies.

    The digest is that of the plan: in the key it stands for the dependencies, which are not collected for it.
    """
    from hashlib import sha256

    parts = (summary.drivers, summary.tiers, summary.phases, summary.timeouts, summary.kinds, summary.on_failure)
    text = json.dumps((*parts, summary.hosts) if summary.hosts else parts, ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode() + digest.encode()).hexdigest(), text


def load_summary(text: str, dependencies: bytes) -> PlanSummary:
    """Return the summary that ``store_summary`` wrote; raises Damage."""
    from tierdeps.journal.decode import SummaryText, decode

    found: SummaryText = decode(text, SummaryText)
    summary = PlanSummary(
        found.drivers,
        found.tiers,
        phases=found.phases,
        timeouts=found.timeouts,
        kinds=found.kinds,
        load_dependencies=lambda: dependencies,
        on_failure=found.on_failure,
        hosts=found.hosts,
    )
    _check(summary, dependencies)
    return summary


def _check(summary: PlanSummary, dependencies: bytes) -> None:
    """Raise Damage unless the parts of a summary fit together; the methods of PlanSummary rely on that."""
    drivers = set(summary.drivers)
    if len(drivers) < len(summary.drivers) or sum(size for _, size in summary.tiers) != len(drivers):
        raise Damage("the tiers of a plan do not have its drivers")
    if not summary.phases.keys() <= drivers:
        raise Damage("a plan has phases of what is no driver of it")
    steps = len(drivers) - len(summary.phases) + sum(map(len, summary.phases.values()))
    numbers = array("I")
    if len(dependencies) % (3 * numbers.itemsize):
        raise Damage("what a plan waits for breaks off")
    numbers.frombytes(dependencies)
    third = len(numbers) // 3
    # no quorum can need more drivers than there are
    codes = len(summary.kinds) * (len(drivers) + 1)
    if numbers and (max(numbers[: 2 * third]) >= steps or max(numbers[2 * third :]) >= codes):
        raise Damage("a plan waits for a step that it does not have")
