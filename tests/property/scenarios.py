"""Random plans with random behaviour of drivers, run on a virtual clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from tierdeps.clock import VirtualLoop
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Dependency, Driver, Event, Kind, OnFailure, OnSkipped, Outcome, Plan, Policy, Report, Tier
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tierdeps.engines import Engine

SECONDS = (0.0, 0.001, 0.5, 1.0, 1.0, 2.5, 7.0)
TIMEOUT, STOP_TIMEOUT, GRACE = 5.0, 3.0, 1.0
#: Making a plan takes longer than a run: each plan is run so many times, with different behaviour.
RUNS_OF_A_PLAN = 10


class Crash(BaseException):
    """What no lifecycle should raise, and some do."""


class Hostile(Exception):  # noqa: N818
    """What raises wherever it is looked at."""

    def __str__(self) -> str:
        raise SystemExit("no words")

    def __bool__(self) -> bool:
        raise SystemExit("neither")

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise SystemExit("nobody")


@dataclass
class Diary:
    """What really happened, recorded by the lifecycles themselves."""

    random: Random
    now: Callable[[], float]
    fates: dict[tuple[str, str], str] = field(default_factory=dict)
    started: Counter[tuple[str, str]] = field(default_factory=Counter)
    ended: set[tuple[str, str]] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    #: What was decided for the last call of each method.
    last: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)
    #: The seconds for which the event loop was blocked, all in all.
    blocked: float = 0.0
    running: int = 0
    most: int = 0
    #: Whether calls may block the event loop: what is simulated on one loop for several processes must not.
    may_block: bool = True

    def fate(self, driver: str, method: str) -> str:
        """Decide once for each call of a method what becomes of it; most go well."""
        special = {"probe": ("skip", "raise", "block"), "adopt": ("adopt", "raise", "block")}
        bad = special.get(
            method, ("raise", "crash", "exit", "hostile", "hang", "stubborn", "cancelled", "undeclared", "block")
        )
        luck = 0.06 if method in special or method in ("stop", "cleanup") else 0.1
        fate = self.random.choice(bad) if self.random.random() < luck else "well"
        return "well" if fate == "block" and not self.may_block else fate


class Puppet(Lifecycle):
    """Behaves in each call as the diary decides; made by ``lifecycle_of``."""

    diary: Diary
    plain = False

    def _act(self, context: Context) -> tuple[str, float]:
        diary = self.diary
        diary.started[context.driver, context.phase] += 1
        decided = diary.fate(context.driver, context.phase), diary.random.choice(SECONDS)
        diary.last[context.driver, context.phase] = decided
        return decided

    def _fail(self, context: Context, fate: str) -> None:
        if fate == "undeclared":
            self.diary.failed.add(context.driver)
            context.get("nobody")
        errors = {
            "raise": ValueError("no"),
            "crash": Crash(),
            "exit": SystemExit(3),
            "hostile": Hostile(),
            "cancelled": asyncio.CancelledError(),
        }
        if fate in errors:
            self.diary.failed.add(context.driver)
            raise errors[fate]

    async def _live(self, context: Context) -> str:
        fate, seconds = self._act(context)
        counted = context.phase not in ("stop", "cleanup")
        diary = self.diary
        diary.running += counted
        diary.most = max(diary.most, diary.running)
        try:
            if fate == "block":
                await self._block(seconds)
            if fate == "hang":
                await asyncio.Event().wait()
            while fate == "stubborn":
                try:
                    await asyncio.sleep(40)
                    break
                except asyncio.CancelledError:
                    await asyncio.sleep(seconds)
                    break
            if seconds:
                await asyncio.sleep(seconds)
        finally:
            diary.running -= counted
        self._fail(context, fate)
        diary.ended.add((context.driver, context.phase))
        return fate

    async def _block(self, seconds: float) -> None:
        """Block the event loop, in the first step or a later one."""
        if self.diary.random.random() < 0.5:
            await asyncio.sleep(0.5)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.block(seconds)
        self.diary.blocked += seconds

    async def probe(self, context: Context) -> str | None:
        return "nothing to do" if await self._live(context) == "skip" else None

    async def adopt(self, context: Context) -> bool:
        return await self._live(context) == "adopt"

    async def stop(self, context: Context) -> None:
        await self._live(context)

    async def cleanup(self, context: Context) -> None:
        await self._live(context)

    async def one(self, context: Context) -> None:
        await self._live(context)

    two = three = one


class Swift(Puppet):
    """The same without ``probe`` and ``adopt``."""

    probe, adopt = Lifecycle.probe, Lifecycle.adopt  # type: ignore[assignment]  # as if they were not overridden


class Plain(Puppet):
    """The same, with methods that are not async; under a virtual clock they take no time."""

    def _now(self, context: Context) -> None:
        fate, _ = self._act(context)
        self._fail(context, fate)
        self.diary.ended.add((context.driver, context.phase))

    one = two = three = stop = _now  # type: ignore[assignment]  # plain where the other is async


class Recorder(Reporter):
    """Records all events, and calls a function at one of them."""

    def __init__(self, trigger: Callable[[int], None]) -> None:
        self.events: list[Event] = []
        self._trigger = trigger

    def event(self, event: Event) -> None:
        self.events.append(event)
        self._trigger(len(self.events))


def random_plan(random: Random, hosts: Sequence[str] = (), moves: Random | None = None) -> Plan:
    """Make a plan with tiers, phases, and edges of all kinds that close no cycle; each driver on one of the hosts.

    With ``moves``, some drivers are on another host than without.
    """
    tiers = ("early", "middle", "late")[: random.randint(1, 3)]
    tier_of = {f"d{number}": random.choice(tiers) for number in range(random.randint(1, 8))}
    phases = {name: ("one", "two", "three")[: random.choice((1, 1, 2, 3))] for name in tier_of}
    dependencies: dict[str, list[Dependency]] = {name: [] for name in tier_of}
    steps = list(_interleaved(random, tiers, tier_of, phases))
    for place, (driver, phase) in enumerate(steps):
        for other, its_phase in random.sample(steps[:place], min(place, random.choice((0, 1, 1, 2, 3)))):
            if other != driver:
                kind = random.choice((Kind.REQUIRES, Kind.REQUIRES, Kind.WANTS, Kind.AFTER, Kind.BEFORE))
                if kind is Kind.BEFORE:
                    dependencies[other].append(Dependency(kind, f"{driver}:{phase}", its_phase))
                else:
                    strict = kind is Kind.REQUIRES and random.random() < 0.4
                    skipped = OnSkipped.BLOCK if strict else OnSkipped.PASS
                    dependencies[driver].append(Dependency(kind, f"{other}:{its_phase}", phase, skipped=skipped))
    drivers = [
        Driver(
            name,
            tier=tier_of[name],
            phases=phases[name],
            dependencies=tuple(dependencies[name]),
            lifecycle=random.choice((Puppet, Puppet, Swift, Swift, Plain, None)),
            policy=_policy(random),
            host=_host(random, hosts, moves) if hosts else None,
        )
        for name in tier_of
    ]
    order = [Tier(name, after=tiers[:number]) for number, name in enumerate(tiers)]
    disabled = [name for name in tier_of if random.random() < 0.1]
    return DependencyGraph(drivers, order, disabled=disabled).collapse()


def _host(random: Random, hosts: Sequence[str], moves: Random | None) -> str:
    host = random.choice(hosts)
    return moves.choice(hosts) if moves is not None and moves.random() < 0.3 else host


def _interleaved(
    random: Random, tiers: tuple[str, ...], tier_of: dict[str, str], phases: dict[str, tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """Put all steps in one order that keeps tiers and phases: edges against it make no cycle."""
    for tier in tiers:
        rest = {name: list(phases[name]) for name in tier_of if tier_of[name] == tier}
        while rest:
            name = random.choice(sorted(rest))
            yield name, rest[name].pop(0)
            if not rest[name]:
                del rest[name]


def _policy(random: Random) -> Policy:
    return Policy(
        on_failure=random.choice((None, None, None, *OnFailure)),
        retries=random.choice((0, 0, 0, 1, 2)),
        timeout=random.choice((None, None, 2.0)),
        stop_timeout=random.choice((None, None, 1.5)),
        on_cancel=random.choice(("cancel", "wait")),  # type: ignore[arg-type]  # as graph files say it
    )


@dataclass
class Scenario:
    """One run: how it is asked for, what happened, and what it said."""

    plan: Plan
    seed: int
    on_failure: OnFailure
    jobs: int | None
    deadline: float
    diary: Diary
    recorder: Recorder
    report: Report
    #: How each driver stands after the stop.
    now: dict[str, Outcome]
    took: float
    stop_took: float
    asked_at: int | None
    leftovers: int


async def play(plan: Plan, seed: int, engine: Engine = INLINE) -> Scenario:
    """Run one scenario: start, perhaps stop in the middle in one of several ways, and stop at the end."""
    random, loop = Random(seed), asyncio.get_running_loop()  # noqa: S311
    diary = Puppet.diary = Diary(random, loop.time, may_block=engine is INLINE)
    asked: list[int] = []
    how, when = random.choice(("never", "never", "event", "time", "time", "cancel", "expedite")), random.randint(1, 40)

    def pull(number: int) -> None:
        if how == "event" and number == when:
            asked.append(number)
            executor.request_stop()

    recorder = Recorder(pull)
    on_failure = random.choice(tuple(OnFailure))
    jobs, deadline = random.choice((None, None, 1, 3)), random.choice((10_000.0, 10_000.0, 12.0))
    executor = Executor(
        plan, engine=engine, reporters=(recorder,), on_failure=on_failure, jobs=jobs,
        timeout=TIMEOUT, stop_timeout=STOP_TIMEOUT, deadline=deadline, seed=seed,
    )  # fmt: skip
    began = loop.time()
    start = loop.create_task(executor.start())

    def interrupt() -> None:
        if start.done() or how in ("never", "event"):
            return
        if how == "cancel":  # is handled at the loop's next turn, and what is due before may still start
            start.cancel()
            return
        asked.append(len(recorder.events))
        executor.request_stop()
        if how == "expedite":
            loop.call_later(random.choice(SECONDS), executor.expedite)

    timer = loop.call_later(when * random.choice((0.01, 0.3, 1.0)), interrupt)
    await asyncio.wait([start])
    timer.cancel()
    assert how == "cancel" or not start.cancelled()
    took = loop.time() - began
    report = await executor.stop()
    stop_took = loop.time() - began - took
    for _ in range(3):
        await asyncio.sleep(100)
    leftovers = sum(task.get_name().startswith("tierdeps ") for task in asyncio.all_tasks())
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.sleep(100)
    asked_at = asked[0] if asked else None
    now = {outcome.driver: outcome for outcome in executor.report().outcomes}
    return Scenario(
        plan, seed, on_failure, jobs, deadline, diary, recorder, report, now, took, stop_took, asked_at, leftovers
    )


def scenarios(seed: int, count: int) -> Iterator[Scenario]:
    """Play scenarios one after another on one virtual clock."""
    problems: list[Any] = []
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: problems.append(context))
        for number in range(count):
            if number % RUNS_OF_A_PLAN == 0:
                plan = random_plan(Random(f"{seed}:{number}"))  # noqa: S311
            yield runner.run(play(plan, seed * 1_000_003 + number))
            assert not problems, problems
