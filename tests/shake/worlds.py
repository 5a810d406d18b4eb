"""Drivers on the virtual clock that really need each other, of which some do not say so."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tierdeps import DependencyGraph, Driver, Executor, Lifecycle, Tier, requires
from tierdeps._util.frozen import Value, field
from tierdeps.clock import run_virtually
from tierdeps.engines import local
from tierdeps.shake.late import Lateness, LateStart, perform_late
from tierdeps.shake.outcome import Limits
from tierdeps.shake.run import perform
from tierdeps.shake.shaker import Shaker
from tierdeps.shake.slow import SlowShaker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan
    from tierdeps.reporters import Reporter
    from tierdeps.shake.evidence import Trial
    from tierdeps.shake.outcome import Shaken
    from tierdeps.shake.steps import Steps

#: What a driver needs: one of each of these sets.
Needs = tuple[frozenset[str], ...]


class World(Value):
    """Drivers by name with what they need, the ``hidden`` pairs that are not declared, and how often some fail."""

    needs: Mapping[str, Needs]
    hidden: frozenset[tuple[str, str]] = frozenset()
    flaky: Mapping[str, float] = field(default_factory=dict)
    tiers: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0

    def drivers(self) -> tuple[Driver, ...]:
        """Return the drivers; they share what is up, and fail at random as often as ``flaky`` says."""
        up: set[str] = set()
        random = Random(self.seed)  # noqa: S311  the same failures each time
        return tuple(self._driver(name, up, random) for name in self.needs)

    def _driver(self, name: str, up: set[str], random: Random) -> Driver:
        needs, rate = self.needs[name], self.flaky.get(name, 0.0)

        class Real(Lifecycle):
            async def start(self, context: Context) -> None:
                if random.random() < rate:
                    raise RuntimeError("a failure at random")
                for some in needs:
                    if not some & up:
                        raise RuntimeError(f"there is no {' and no '.join(sorted(some))}")
                up.add(name)
                del context

            async def stop(self, context: Context) -> None:
                up.discard(name)
                del context

        declared = (requires(other) for some in needs for other in some if (name, other) not in self.hidden)
        return Driver(name, self.tiers.get(name), dependencies=tuple(declared), lifecycle=Real)

    @property
    def plan(self) -> Plan:
        """The plan of what is declared."""
        names = tuple(dict.fromkeys(self.tiers.values()))
        tiers = tuple(Tier(name, after=names[place - 1 : place]) for place, name in enumerate(names))
        return DependencyGraph(self.drivers(), tiers).collapse()


def shake(plan: Plan, limits: Limits | None = None) -> Shaken:
    """Make the runs on the virtual clock."""

    def run(steps: Steps, order: tuple[int, ...]) -> Trial:
        return run_virtually(perform(plan, steps, order, make))

    return Shaker(plan, run, limits or Limits()).run()


def delay(plan: Plan, limits: Limits | None = None, seconds: float = 2.0) -> Shaken:
    """Delay one driver after another on the virtual clock."""
    lateness = Lateness(seconds, across_tiers=limits is not None and limits.across_tiers)

    def run(steps: Steps, start: LateStart) -> Trial:
        return run_virtually(perform_late(plan, steps, start, lateness, make))

    return SlowShaker(plan, run, limits or Limits()).run()


def make(plan: Plan, reporters: Iterable[Reporter]) -> Executor:
    """Return an executor that isolates failures."""
    return Executor(plan, engine=local.INLINE, reporters=reporters, on_failure="isolate", allow_empty=True)


def found(shaken: Shaken) -> set[tuple[str, frozenset[str]]]:
    """Return which drivers need which, as far as nobody declared it."""
    names = [step.driver for step in shaken.steps.steps]
    return {
        (names[item.target.step], frozenset(names[number] for number in item.providers)) for item in shaken.undeclared
    }


def one(*names: str) -> Needs:
    """Return the needs for each of some drivers."""
    return tuple(frozenset({name}) for name in names)
