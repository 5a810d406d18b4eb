"""Drivers that can be lost and reloaded, and a log of what was done to each instance of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Dependency, Driver, Event, Kind, OnFailure, Plan, Policy, Tier
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tierdeps.lifecycle import Context

SECONDS = (0.0, 0.001, 0.5, 1.0, 1.0, 2.5)
TIERS = ("early", "middle", "late")


class Part(NamedTuple):
    """What there is to know of a driver: two plans that hold the same part hold the same driver."""

    name: str
    version: int
    phases: tuple[str, ...]
    policy: Policy
    #: Phase, kind, the other driver and its phase.
    needs: frozenset[tuple[str, Kind, str, str]]
    wants: frozenset[str]
    disabled: bool


class Call(NamedTuple):
    """A method of an instance that started; ``turn`` counts all that happens."""

    turn: int
    verb: str


@dataclass
class Stage:
    """Where the drivers of one scenario live."""

    seed: int
    #: Parts of which phases may fail; all others do well.
    frail: set[tuple[str, int]] = field(default_factory=set)
    actors: list[Actor] = field(default_factory=list)
    kinds: dict[tuple[str, int], type[Actor]] = field(default_factory=dict)
    turn: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    #: Settings that some drivers do not take over.
    bad: object = None

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311

    def kind(self, name: str, version: int) -> type[Actor]:
        """Return a driver's lifecycle: the same in every plan."""
        if (name, version) not in self.kinds:
            content = {"stage": self, "version": version}
            self.kinds[name, version] = type(f"Actor_{name}_{version}", (Actor,), content)
        return self.kinds[name, version]

    def fate(self, name: str, version: int, verb: str) -> str:
        """Decide once and for all what becomes of a driver's method."""
        random = Random(f"{self.seed}:{name}:{version}:{verb}")  # noqa: S311
        if verb == "probe":
            return "skip" if random.random() < 0.08 else "well"
        if verb == "adopt":
            return "adopt" if random.random() < 0.1 else "well"
        frail = verb == "reload" or ((name, version) in self.frail and verb not in ("stop", "cleanup"))
        if frail and random.random() < 0.3:
            return random.choice(("raise", "hang"))
        return "well"

    def count(self) -> int:
        """Number what happens."""
        self.turn += 1
        return self.turn


class Actor(Lifecycle):
    """Does what its stage says, and keeps what was done to it."""

    stage: Stage
    version = 0

    def __init__(self) -> None:
        self.name = ""
        self.calls: list[Call] = []
        self.ended: dict[str, int] = {}
        self.context: Context | None = None
        self.stage.actors.append(self)

    async def _act(self, context: Context) -> str:
        stage = self.stage
        self.name, self.context = context.driver, context
        self.calls.append(Call(stage.count(), context.phase))
        fate = stage.fate(self.name, self.version, context.phase)
        if context.phase == "reload" and context.settings.get("value") != stage.bad:
            fate = "well"
        await asyncio.sleep(stage.random.choice(SECONDS))
        if fate == "hang":
            await asyncio.Event().wait()
        if fate == "raise":
            raise ValueError("no")
        self.ended[context.phase] = stage.count()
        return fate

    async def probe(self, context: Context) -> str | None:
        return "nothing to do" if await self._act(context) == "skip" else None

    async def adopt(self, context: Context) -> bool:
        return await self._act(context) == "adopt"

    async def reload(self, context: Context) -> None:
        await self._act(context)

    async def stop(self, context: Context) -> None:
        await self._act(context)

    async def cleanup(self, context: Context) -> None:
        await self._act(context)

    async def one(self, context: Context) -> None:
        await self._act(context)

    two = three = one

    @property
    def began(self) -> bool:
        """Whether a phase started."""
        return any(call.verb in ("one", "two", "three") for call in self.calls)

    def counted(self, verb: str) -> int:
        return sum(call.verb == verb for call in self.calls)


class EventSource(Protocol):
    """Has the events and plans of a run, in the order in which they came."""

    @property
    def records(self) -> Sequence[Event | Plan]:
        """All of them."""
        ...


class Recorder(Reporter):
    """Keeps events and plans in the order in which they came, each with its turn."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.records: list[Event | Plan] = []

    def run_started(self, plan: Plan) -> None:
        self.records.append(plan)

    def plan_changed(self, plan: Plan) -> None:
        self.records.append(plan)

    def event(self, event: Event) -> None:
        self.records.append(event)


class Site:
    """A number of drivers in one order that no edge goes against: each plan made of some of them has no cycle."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._tiers = TIERS[: random.randint(1, 3)]
        self._tier_of = {f"d{number}": random.choice(self._tiers) for number in range(random.randint(2, 9))}
        self._phases = {name: ("one", "two", "three")[: random.choice((1, 1, 2, 3))] for name in self._tier_of}
        self._steps = self._interleave()

    def _interleave(self) -> list[tuple[str, str]]:
        steps = []
        for tier in self._tiers:
            rest = {name: list(self._phases[name]) for name, its in self._tier_of.items() if its == tier}
            while rest:
                name = self._random.choice(sorted(rest))
                steps.append((name, rest[name].pop(0)))
                if not rest[name]:
                    del rest[name]
        return steps

    def parts(self) -> dict[str, Part]:
        """Draw some of the drivers."""
        names = [name for name in self._tier_of if self._random.random() < 0.75]
        return {name: self._draw(name, 1) for name in names}

    def _draw(self, name: str, version: int) -> Part:
        random = self._random
        needs, wants = set(), set()
        for place, (driver, phase) in enumerate(self._steps):
            if driver != name:
                continue
            for other, its_phase in random.sample(self._steps[:place], min(place, random.choice((0, 1, 1, 2)))):
                if other != name and random.random() < 0.7:
                    needs.add((phase, Kind.REQUIRES, other, its_phase))
                elif other != name:
                    wants.add(other) if its_phase == self._phases[other][-1] and phase == "one" else None
        policy = Policy(
            on_failure=random.choice((None, None, *OnFailure)),
            stop_timeout=random.choice((None, 4.0)),
            on_cancel=random.choice(("cancel", "wait")),  # type: ignore[arg-type]  # as graph files say it
        )
        return Part(
            name, version, self._phases[name], policy, frozenset(needs), frozenset(wants), random.random() < 0.06
        )

    def change(self, parts: Mapping[str, Part]) -> dict[str, Part]:
        """Draw what comes after: some go, some come, some change."""
        after = {}
        for name in self._tier_of:
            luck = self._random.random()
            if name not in parts:
                if luck < 0.4:
                    after[name] = self._draw(name, 2)
            elif luck < 0.55:
                after[name] = parts[name]
            elif luck < 0.8:
                after[name] = self._draw(name, 2)
        return after

    def plan(self, stage: Stage, parts: Mapping[str, Part]) -> Plan:
        """Make the plan, with an order of its own where nothing is needed; what is not there is not required."""
        drivers = []
        for part in parts.values():
            needed = [need for need in part.needs if need[2] in parts]
            dependencies = [Dependency(kind, f"{other}:{its}", phase) for phase, kind, other, its in sorted(needed)]
            dependencies += [Dependency(Kind.WANTS, other) for other in sorted(part.wants)]
            kind = stage.kind(part.name, part.version)
            tier = self._tier_of[part.name]
            drivers.append(
                Driver(
                    part.name,
                    tier,
                    part.phases,
                    (*dependencies, *self._order(part.name)),
                    lifecycle=kind,
                    policy=part.policy,
                )
            )
        order = [Tier(name, after=self._tiers[:number]) for number, name in enumerate(self._tiers)]
        disabled = [part.name for part in parts.values() if part.disabled]
        return DependencyGraph(drivers, order, disabled=disabled).collapse()

    def _order(self, name: str) -> list[Dependency]:
        earlier = [other for other, _ in self._steps[: self._steps.index((name, "one"))] if other != name]
        ready = [
            other
            for other in earlier
            if (other, self._phases[other][-1]) in self._steps[: self._steps.index((name, "one"))]
        ]
        return [
            Dependency(Kind.AFTER, other)
            for other in self._random.sample(ready, min(len(ready), self._random.choice((0, 0, 1))))
        ]


def unchanged(old: Mapping[str, Part], new: Mapping[str, Part], adopted: Callable[[str], bool]) -> set[str]:
    """Return which drivers both plans have, and whose requirements they both have: worked out from scratch."""

    def needs(parts: Mapping[str, Part], name: str) -> set[tuple[str, Kind, str, str]]:
        return {need for need in parts[name].needs if need[2] in parts}

    same = {name for name in old if new.get(name) == old[name] and needs(old, name) == needs(new, name)}
    while True:
        shaken = {
            name for name in same if not adopted(name) and any(other not in same for _, _, other, _ in needs(old, name))
        }
        if not shaken:
            return same
        same -= shaken
