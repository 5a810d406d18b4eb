"""A plan in numbers: what the executor counts down while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.model import Plan, PlannedDriver

#: The duration of a step that nobody measured.
UNKNOWN = 1.0
_KEPT = "_blueprint"


class Blueprint:
    """A plan's steps, numbered driver by driver; made once, good for any number of runs.

    ``first[i]`` is the first step of driver i, ``owner[s]`` the driver of step s, ``missing[s]`` how much it waits for:
    its dependencies, and the step before it or its tier's opening. ``followers[s]`` are the steps that wait for it;
    those that are blocked where it fails are inverted (``~step``). ``last[s]`` says whether its driver is ready after
    it. ``tiers`` are ranges of drivers.
    """

    __slots__ = ("first", "followers", "last", "missing", "owner", "place", "plan", "planned", "tiers")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.planned: list[PlannedDriver] = list(plan)
        self.place = {driver.name: index for index, driver in enumerate(self.planned)}
        self.tiers: list[tuple[str, int, int]] = []
        at = 0
        for tier in plan.tiers:
            size = len(tier.drivers)
            self.tiers.append((tier.name, at, at + size))
            at += size
        self.first: list[int] = []
        self.owner: list[int] = []
        for index, driver in enumerate(self.planned):
            self.first.append(len(self.owner))
            self.owner.extend([index] * len(driver.phases))
        self.last = bytearray(len(self.owner))
        for step in self.first[1:]:
            self.last[step - 1] = 1
        self.last[-1:] = b"\1" * bool(self.owner)
        self._link()

    @classmethod
    def of(cls, plan: Plan) -> Blueprint:
        """Return the plan's blueprint; like its digest it is made once and kept with the plan, which never changes."""
        kept: Blueprint | None = vars(plan).get(_KEPT)
        if kept is None:
            kept = vars(plan)[_KEPT] = cls(plan)
        return kept

    def _link(self) -> None:
        self.missing = [1] * len(self.owner)
        self.followers: list[list[int]] = [[] for _ in self.owner]
        missing, followers, requires = self.missing, self.followers, Kind.REQUIRES
        # Asked for each dependency, so it is worth a table: a driver's first step, and its phases if it has many.
        where = {
            driver.name: (step, driver.phases if len(driver.phases) > 1 else None)
            for driver, step in zip(self.planned, self.first, strict=True)
        }
        number = 0
        for driver in self.planned:
            for waits in driver.waits:
                missing[number] += len(waits)
                for wait in waits:
                    name, phase = wait.step
                    needed, phases = where[name]
                    if phases is not None:
                        needed += phases.index(phase)
                    followers[needed].append(~number if wait.kind is requires else number)
                number += 1

    def following(self, step: int) -> list[int]:
        """Return the steps that wait for a step."""
        return [other if other >= 0 else ~other for other in self.followers[step]]

    def requiring(self, step: int) -> list[int]:
        """Return the steps that are blocked where a step fails."""
        return [~other for other in self.followers[step] if other < 0]

    def name(self, step: int) -> str:
        """Name a step."""
        driver = self.planned[self.owner[step]]
        return f"{driver.name}:{driver.phases[step - self.first[self.owner[step]]]}"

    def remaining(self, durations: Mapping[str, float]) -> list[float]:
        """Return how long the longest way from each step's beginning to its tier's end is.

        Later tiers do not count: their barrier waits for all of this one anyway.
        """
        rest = [0.0] * len(self.owner)
        tier = [number for number, (_, begin, end) in enumerate(self.tiers) for _ in range(begin, end)]
        default = sum(durations.values()) / len(durations) if durations else UNKNOWN
        for step in reversed(self._in_order()):
            here = tier[self.owner[step]]
            later = [rest[other] for other in self.following(step) if tier[self.owner[other]] == here]
            if not self.last[step]:
                later.append(rest[step + 1])
            rest[step] = durations.get(self.name(step), default) + max(later, default=0.0)
        return rest

    def _in_order(self) -> list[int]:
        """Return all steps, each after what it waits for."""
        missing = self.missing.copy()
        for step in self.first:
            missing[step] -= 1
        order = [step for step, count in enumerate(missing) if not count]
        for step in order:  # grows while it is walked
            following = self.following(step)
            for other in following if self.last[step] else (*following, step + 1):
                missing[other] -= 1
                if not missing[other]:
                    order.append(other)
        return order
