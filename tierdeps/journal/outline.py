"""A plan's outline: what is told of a run needs nothing else of the plan, and not the graph again."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value, field
from tierdeps.journal.errors import Damage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tierdeps.model.edges import Step


#: The phases of a driver that says nothing of them.
ONE_PHASE = ("start",)


class Need(NamedTuple):
    """A step that another one waits for; ``kind`` is the verb."""

    step: Step
    kind: str


class Outline(Value, dict=True):
    """The drivers of a plan in its order, and what each of their steps waits for.

    ``tiers`` are names with the number of drivers in each. ``phases`` and ``timeouts`` (of a phase, of a stop) are of
    those drivers alone that have others than most, ``failing`` is what their failure does for those that do not leave
    it to the run. ``give_waits`` returns the numbers of steps, as many of those that they need, and as many of their
    verbs, which ``kinds`` names; it is called once, or never.
    """

    drivers: tuple[str, ...]
    tiers: tuple[tuple[str, int], ...]
    phases: Mapping[str, tuple[str, ...]]
    timeouts: Mapping[str, tuple[float | None, float | None]]
    kinds: tuple[str, ...]
    give_waits: Callable[[], bytes]
    failing: Mapping[str, str] = field(default_factory=dict)

    def phases_of(self, driver: str) -> tuple[str, ...]:
        """Return a driver's phases."""
        return self.phases.get(driver, ONE_PHASE)

    def tier_of(self, driver: str) -> str:
        """Return the tier of a driver; empty where it is not of this plan."""
        place = self._places.get(driver)
        return "" if place is None else self.tiers[bisect_right(self._ends, place)][0]

    def needs(self, driver: str, phase: str) -> tuple[Need, ...]:
        """Return what a step waits for, apart from its tier and its driver's phase before it."""
        return self._needs.get((driver, phase), ())

    @cached_property
    def waits(self) -> bytes:
        """Which step waits for which."""
        return self.give_waits()

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.drivers)}

    @cached_property
    def _ends(self) -> list[int]:
        ends, at = [], 0
        for _, size in self.tiers:
            at += size
            ends.append(at)
        return ends

    @cached_property
    def _needs(self) -> Mapping[tuple[str, str], tuple[Need, ...]]:
        from tierdeps.model.edges import Step

        steps = [Step(name, phase) for name in self.drivers for phase in self.phases_of(name)]
        numbers = array("I")
        numbers.frombytes(self.waits)
        third = len(numbers) // 3
        found: dict[Step, list[Need]] = {}
        for step, needed, kind in zip(numbers[:third], numbers[third : 2 * third], numbers[2 * third :], strict=True):
            found.setdefault(steps[step], []).append(Need(steps[needed], self.kinds[kind]))
        return {step: tuple(needs) for step, needs in found.items()}


def load(text: str, waits: bytes) -> Outline:
    """Read what ``keep_outline`` of ``tierdeps.journal.recorder`` wrote; raises Damage."""
    from tierdeps.journal.decode import OutlineText, decode

    found: OutlineText = decode(text, OutlineText)
    outline = Outline(
        found.drivers,
        found.tiers,
        phases=found.phases,
        timeouts=found.timeouts,
        kinds=found.kinds,
        give_waits=lambda: waits,
        failing=found.failing,
    )
    _check(outline, waits)
    return outline


def _check(outline: Outline, waits: bytes) -> None:
    """Raise Damage unless the parts of an outline fit together: nobody has to look again."""
    drivers = set(outline.drivers)
    if len(drivers) < len(outline.drivers) or sum(size for _, size in outline.tiers) != len(drivers):
        raise Damage("the tiers of a plan do not have its drivers")
    if not outline.phases.keys() <= drivers:
        raise Damage("a plan has phases of what is no driver of it")
    steps = len(drivers) - len(outline.phases) + sum(map(len, outline.phases.values()))
    numbers = array("I")
    if len(waits) % (3 * numbers.itemsize):
        raise Damage("what a plan waits for breaks off")
    numbers.frombytes(waits)
    third = len(numbers) // 3
    if numbers and (max(numbers[: 2 * third]) >= steps or max(numbers[2 * third :]) >= len(outline.kinds)):
        raise Damage("a plan waits for a step that it does not have")
