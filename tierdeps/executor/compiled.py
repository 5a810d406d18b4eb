"""A plan in numbers: what the executor counts down while it runs."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.model import OnSkipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tierdeps.model import Plan, PlannedDriver, Step, Wait

#: The assumed duration of a step that no earlier run has measured, in seconds.
UNKNOWN = 1.0
_KEPT = "_compiled"


class Quorum(NamedTuple):
    """A step that requires so many of its members, which are steps, to be ready; ``of`` is the target they were."""

    step: int
    of: str
    atleast: int
    members: tuple[int, ...]


class CompiledPlan:
    """A plan's steps, numbered driver by driver; made once, good for any number of runs.

    ``first[i]`` is the first step of driver i, ``owner[s]`` the driver of step s, ``missing[s]`` how much it waits for:
    its dependencies, and the step before it or its tier's opening. ``followers[s]`` are the steps that wait for it, the
    next phase of its own driver included.
    ``last[s]`` says whether its driver is ready after it. ``tiers`` are ranges of drivers.
    """

    __slots__ = (
        "_quorums",
        "_strict",
        "first",
        "followers",
        "index",
        "last",
        "missing",
        "owner",
        "plan",
        "planned",
        "tiers",
    )

    def __init__(self, plan: Plan) -> None:
        self.plan: Plan = plan
        self.planned: list[PlannedDriver] = []
        self.tiers: list[tuple[str, int, int]] = []
        for tier in plan.tiers:
            first = len(self.planned)
            self.planned += [plan.drivers[name] for name in tier.drivers]
            self.tiers.append((tier.name, first, len(self.planned)))
        self.index: dict[str, int] = {driver.name: index for index, driver in enumerate(self.planned)}
        self.owner: list[int] = [index for index, driver in enumerate(self.planned) for _ in driver.phases]
        ends = list(accumulate(len(driver.phases) for driver in self.planned))
        self.first: list[int] = [0, *ends][:-1]
        self.last: bytearray = bytearray(len(self.owner))
        for end in ends:
            self.last[end - 1] = 1
        self._link()
        self._strict: dict[int, list[int]] | None = None
        self._quorums: dict[int, list[Quorum]] | None = None

    @classmethod
    def of(cls, plan: Plan) -> CompiledPlan:
        """Return the compiled form of a plan; it is made once and kept with the plan, which never changes."""
        kept: CompiledPlan | None = vars(plan).get(_KEPT)
        if kept is None:
            kept = vars(plan)[_KEPT] = cls(plan)
        return kept

    def _link(self) -> None:
        self.followers: list[list[int]] = [[] for _ in self.owner]
        steps = [waits for driver in self.planned for waits in driver.waits]
        self.missing: list[int] = [len(waits) + 1 for waits in steps]
        # Asked for each dependency, of which there are most: by name alone, unless a driver has several phases.
        behind: dict[str, list[int]] = {}
        phased: dict[str, dict[str, list[int]]] = {}
        for driver, first in zip(self.planned, self.first, strict=True):
            behind[driver.name] = self.followers[first]
            if len(driver.phases) > 1:
                mine = self.followers[first : first + len(driver.phases)]
                phased[driver.name] = dict(zip(driver.phases, mine, strict=True))
        for number, waits in enumerate(steps):
            for wait in waits:
                name, phase = wait.step
                found = phased[name][phase] if phased and name in phased else behind[name]
                found.append(number)
        for number, is_last in enumerate(self.last):
            if not is_last:
                self.followers[number].append(number + 1)

    def requiring(self, step: int) -> list[int]:
        """Return the steps that are blocked where a step fails."""
        return [other for other, waits in self._waiting(step) if any(wait.needs_success for wait in waits)]

    def quorums_with(self, step: int) -> Sequence[Quorum]:
        """Return the quorums that a step is a member of."""
        if self._quorums is None:  # most plans have none
            self._quorums = self._find_quorums()
        return self._quorums.get(step, ())

    def _find_quorums(self) -> dict[int, list[Quorum]]:
        found: dict[int, list[Quorum]] = {}
        for driver, first in zip(self.planned, self.first, strict=True):
            for number, waits in enumerate(driver.waits, first):
                members: dict[tuple[str, int], list[int]] = {}
                for wait in waits:
                    if wait.coupling.atleast is not None:
                        members.setdefault((wait.of, wait.coupling.atleast), []).append(self._number(wait.step))
                for (of, atleast), steps in members.items():
                    for step in steps:
                        found.setdefault(step, []).append(Quorum(number, of, atleast, tuple(steps)))
        return found

    def _number(self, step: Step) -> int:
        index = self.index[step.driver]
        return self.first[index] + self.planned[index].phases.index(step.phase)

    def coupled(self, step: int, couples: Callable[[Wait, int], bool]) -> Iterator[int]:
        """Yield the drivers that wait for a step in a way that couples them to it."""
        for other, waits in self._waiting(step):
            owner = self.owner[other]
            if any(couples(wait, owner) for wait in waits):
                yield owner

    def _waiting(self, needed: int) -> Iterator[tuple[int, list[Wait]]]:
        """Yield the steps that wait for a step, with the ways in which they do."""
        index = self.owner[needed]
        target = self.planned[index].steps[needed - self.first[index]]
        for step in self.followers[needed]:
            waits = self.planned[self.owner[step]].waits[step - self.first[self.owner[step]]]
            yield step, [wait for wait in waits if wait.step == target]

    def waiting_for(self, index: int) -> set[int]:
        """Return the drivers of which a step waits for a driver."""
        owner, followers, first = self.owner, self.followers, self.first[index]
        if self.last[first]:  # most drivers have one phase, which nothing of their own waits for
            return {owner[other] for other in followers[first]}
        found = {owner[other] for step in self.steps_of(index) for other in followers[step]}
        found.discard(index)
        return found

    def blocked_if_skipped(self, index: int) -> Sequence[int]:
        """Return the steps that are blocked where a driver is skipped."""
        if self._strict is None:  # most plans are asked only once something is skipped, or never
            self._strict = self._find_strict()
        return self._strict.get(index, ())

    def _find_strict(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        steps = (waits for driver in self.planned for waits in driver.waits)
        for number, waits in enumerate(steps):
            for wait in waits:
                if wait.skipped is OnSkipped.BLOCK:
                    found.setdefault(self.index[wait.step.driver], []).append(number)
        return found

    def steps_of(self, index: int) -> range:
        """Return the steps of a driver, in its own order."""
        first = self.first[index]
        return range(first, first + len(self.planned[index].phases))

    def tier_of(self, index: int) -> int:
        """Return the number of a driver's tier."""
        return next(number for number, (_, _, end) in enumerate(self.tiers) if index < end)

    def name(self, step: int) -> str:
        """Name a step."""
        driver = self.planned[self.owner[step]]
        return f"{driver.name}:{driver.phases[step - self.first[self.owner[step]]]}"

    def critical_path(self, durations: Mapping[str, float]) -> list[float]:
        """Return how long the longest way from each step's start to its tier's end is, in seconds.

        Later tiers do not count: their barrier waits for all of this one anyway.
        """
        rest = [0.0] * len(self.owner)
        tier = [number for number, (_, begin, end) in enumerate(self.tiers) for _ in range(begin, end)]
        default = sum(durations.values()) / len(durations) if durations else UNKNOWN
        for step in reversed(self._in_order()):
            here = tier[self.owner[step]]
            later = [rest[other] for other in self.followers[step] if tier[self.owner[other]] == here]
            rest[step] = durations.get(self.name(step), default) + max(later, default=0.0)
        return rest

    def _in_order(self) -> list[int]:
        """Return all steps, each after what it waits for."""
        missing = self.missing.copy()
        for step in self.first:
            missing[step] -= 1
        order = [step for step, count in enumerate(missing) if not count]
        for step in order:  # grows while it is walked
            for other in self.followers[step]:
                missing[other] -= 1
                if not missing[other]:
                    order.append(other)
        return order
