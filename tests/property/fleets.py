"""Random fleets: what really happens on their workers, and what goes wrong between them and a run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tierdeps.engines import Engine
from tierdeps.engines.local import INLINE
from tierdeps.testing import SimulatedFleet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from tierdeps.engines import Done, Handle, Worker
    from tierdeps.lifecycle import Context, Lifecycle
    from tierdeps.model import Plan, PlannedDriver
    from tierdeps.testing import SimulatedWorker

LEASE = 8.0
PHASES = ("one", "two", "three")


@dataclass
class Standing:
    """What was done of a driver on a worker, and the phase that runs."""

    done: set[str] = field(default_factory=set)
    running: str = ""
    is_stopping: bool = False


class Truth:
    """What runs on the workers, recorded there."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        #: By driver and worker, what was done of it since its last stop.
        self.up: dict[tuple[str, SimulatedWorker], Standing] = {}
        #: All phases that were ever done.
        self.done: set[tuple[str, str]] = set()
        self.problems: list[str] = []

    def local(self, worker: SimulatedWorker) -> Engine:
        """Return the engine of a worker, which records its calls here."""
        return Engine("observed", "", lambda: _Observed(INLINE.open(), worker, self))

    def started(self, worker: SimulatedWorker, driver: str, phase: str) -> Standing:
        """Record the start of a phase: what is up is up once, and nothing is done twice or at the same time."""
        elsewhere = [
            where.address
            for (name, where), other in self.up.items()
            if name == driver and where is not worker and not where.is_dead and not other.is_stopping
        ]
        if elsewhere:
            self.problems.append(f"{driver}:{phase} starts on {worker.address} while it is up on {elsewhere}")
        standing = self.up.setdefault((driver, worker), Standing())
        if standing.is_stopping:  # and was given up
            standing = self.up[driver, worker] = Standing()
        if phase in standing.done and not self.plan.drivers[driver].policy.retries:  # it may have been late for the run
            self.problems.append(f"{driver}:{phase} is done a second time on {worker.address}")
        if standing.running:
            self.problems.append(f"{driver}:{phase} starts during {standing.running} on {worker.address}")
        standing.running = phase
        return standing

    def held(self) -> dict[str, list[str]]:
        """Return what may be up by the host that it was started on, as the journal of the runs knows it."""
        found: dict[str, list[str]] = {}
        for driver, worker in self.up:
            found.setdefault(worker.host, []).append(driver)
        return found

    def alive(self) -> Iterator[tuple[str, str]]:
        """Yield the drivers that are up, each with a text that says where."""
        for driver, worker in self.up:
            if not worker.is_dead:
                yield driver, f"{driver} on {worker.address}"


class _Observed:
    """Makes calls by another engine, and records them."""

    def __init__(self, inner: Worker, worker: SimulatedWorker, truth: Truth) -> None:
        self._inner = inner
        self._worker = worker
        self._truth = truth

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        return self._inner.import_class(driver, done)

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        return self._inner.instantiate(driver)

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        driver, phase = context.driver, context.phase
        truth, key = self._truth, (driver, self._worker)
        standing = truth.up.get(key, Standing())
        if phase in PHASES:
            standing = truth.started(self._worker, driver, phase)
        elif phase == "stop":
            standing.is_stopping = True

        def ended(result: Any, error: BaseException | None) -> None:
            if phase == "stop":
                if truth.up.get(key) is standing:
                    del truth.up[key]
            elif phase in PHASES:
                standing.running = ""
                if error is None:
                    truth.done.add((driver, phase))
                    standing.done.add(phase)  # if it ends after a stop, nothing of it is up
            done(result, error)

        return self._inner.invoke(lifecycle, method, context, ended)

    def close(self) -> None:
        self._inner.close()


class Trouble:
    """A fleet of some hosts, to which things happen at drawn times."""

    def __init__(self, random: Random, truth: Truth, hosts: tuple[str, ...], **options: Any) -> None:
        self._random = random
        self._loop = asyncio.get_running_loop()
        self.hosts = hosts
        slow = random.choice((0.001, 0.02, 0.02, 0.3))
        self.fleet = SimulatedFleet(
            lease=LEASE,
            delay=lambda: random.uniform(0, slow),
            is_doubled=lambda: random.random() < 0.1,
            local=truth.local,
            **options,
        )
        for host in hosts:
            self.fleet.add(host)
        #: Whether a worker was started on another machine.
        self.moved = False
        #: What happened, for the message of a failed test.
        self.log: list[str] = []

    def later(self, seconds: float, what: str, function: Callable[..., object], *arguments: Any, **more: Any) -> None:
        """Let something happen after a time."""

        def happen() -> None:
            self.log.append(f"{self._loop.time():.3f} {what} {arguments} {more}")
            function(*arguments, **more)

        self._loop.call_later(seconds, happen)

    def note(self, text: str) -> None:
        """Record what happened."""
        self.log.append(f"{self._loop.time():.3f} {text}")

    def gentle(self, until: float) -> None:
        """Break connections, and cut hosts off for much less than the lease."""
        for _ in range(self._random.randint(0, 4)):
            host, at = self._random.choice(self.hosts), self._random.uniform(0, until)
            if self._random.random() < 0.5:
                self.later(at, "reset", self.fleet.network.reset, host)
            else:
                self.cut(host, at, self._random.uniform(0, LEASE / 4))

    def cut(self, host: str, at: float, seconds: float) -> None:
        """Cut a host off for a time, in one direction or both."""
        inbound, outbound = self._random.choice(((True, True), (True, False), (False, True)))
        self.later(at, "cut", self.fleet.cut, host, inbound=inbound, outbound=outbound)
        self.later(at + seconds, "heal", self.fleet.heal, host)

    def harsh(self, until: float) -> None:
        """Cut hosts off for any time, kill workers, and start others."""
        for _ in range(self._random.randint(1, 4)):
            host, at = self._random.choice(self.hosts), self._random.uniform(0, until)
            luck = self._random.random()
            if luck < 0.5:
                self.cut(host, at, self._random.uniform(0, 4 * LEASE))
            elif luck < 0.8:
                self.later(at, "kill", self.kill, host, self._random.uniform(0, LEASE))
            else:
                self.later(at, "move", self.move, host)

    def kill(self, host: str, seconds: float) -> None:
        """Kill the worker of a host, and start another one there after a while."""
        if self.fleet.has(host):
            self.fleet.kill(host)
            self.later(seconds, "add", self.fleet.add, host)

    def move(self, host: str) -> None:
        """Cut a host off for a time, and start a worker for its name on another machine."""
        self.moved = True
        self.cut(host, 0, self._random.uniform(0, 4 * LEASE))
        self.later(self._random.uniform(0, 2 * LEASE), "add", self.fleet.add, host, f"another {host}")
