"""The executor against bare asyncio, a thread pool, the critical path and a budget of memory.

``python -m benchmarks.execute`` prints each ratio with what it must not exceed, and exits 1 where one does. What keeps
one processor busy is measured in processor time, so that a busy machine matters less; what waits, or uses threads, not.
``--save FILE`` writes the results.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.results import Bar, Chart, destination, save
from tierdeps._util.frozen import replace
from tierdeps.executor import Executor
from tierdeps.journal import Journal, RunInfo, instance_of
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Kind, Plan, PlannedDriver, PlannedTier, Step, Wait
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

DRIVERS, EDGES, LAYERS = 10_000, 27_000, 20
ROUNDS = 9


class NoOp(Lifecycle):
    """Does nothing, asynchronously."""

    async def start(self, context: Context) -> None:
        """Do nothing."""


class YieldingNoOp(Lifecycle):
    """Does nothing but yield to the event loop, once."""

    async def start(self, context: Context) -> None:  # noqa: ARG002
        """Yield."""
        await asyncio.sleep(0)


class PlainNoOp(Lifecycle):
    """Does nothing, in a thread."""

    def start(self, context: Context) -> None:
        """Do nothing."""


class Sleeper(Lifecycle):
    """Sleeps as long as its driver's settings say."""

    durations: dict[str, float]

    async def start(self, context: Context) -> None:
        """Sleep."""
        await asyncio.sleep(self.durations[context.driver])


def layered(count: int, edges: int, layers: int, lifecycle: type[Lifecycle], seed: int = 7) -> Plan:
    """Make a plan of one tier whose drivers require random ones of the layers before theirs."""
    random = Random(seed)  # noqa: S311  a benchmark, the same every time
    rows = [[f"d{number:05}" for number in range(layer, count, layers)] for layer in range(layers)]
    needs: dict[str, set[str]] = {name: set() for row in rows for name in row}
    for row, before in zip(rows[1:], rows, strict=False):
        for name in row:
            needs[name].add(random.choice(before))
    made = sum(map(len, needs.values()))
    while made < edges:
        layer = random.randrange(1, layers)
        name, other = random.choice(rows[layer]), random.choice(rows[random.randrange(layer)])
        made += other not in needs[name]
        needs[name].add(other)
    drivers = {
        name: PlannedDriver(
            name,
            "all",
            stage,
            ("start",),
            (tuple(Wait(Step(other, "start"), Kind.REQUIRES, other) for other in sorted(needs[name])),),
            lifecycle,
        )
        for stage, row in enumerate(rows, 1)
        for name in row
    }
    return Plan((PlannedTier("all", tuple(map(tuple, rows))),), drivers)


def timed(run: Callable[[], object], clock: Callable[[], float]) -> float:
    """Time one call, with the garbage of the one before gone."""
    gc.collect()
    began = clock()
    run()
    return clock() - began


def ratio(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    clock: Callable[[], float] = time.process_time,
    rounds: int = ROUNDS,
) -> float:
    """Measure both in turns, and compare the medians: what the machine does else hits both."""
    pairs = [(timed(ours, clock), timed(theirs, clock)) for _ in range(rounds)]
    return median(pair[0] for pair in pairs) / median(pair[1] for pair in pairs)


def start(
    plan: Plan,
    jobs: int | None = None,
    durations: dict[str, float] | None = None,
    reporters: Iterable[Reporter] = (),
) -> float:
    """Start a plan; return how long the start itself took."""

    async def main() -> float:
        executor = Executor(plan, jobs=jobs, durations=durations, reporters=reporters)
        began = time.perf_counter()
        report = await executor.start()
        took = time.perf_counter() - began
        assert report.ok, report.root_causes[:1]
        executor.release()
        return took

    return asyncio.run(main())


async def nothing() -> None:
    """Do nothing."""


async def yields() -> None:
    """Yield to the event loop, once."""
    await asyncio.sleep(0)


async def bare_tasks(count: int = DRIVERS, deed: Callable[[], Coroutine[None, None, None]] = nothing) -> None:
    """Run tasks of which each does one thing."""
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(deed())


def against_bare_tasks() -> float:
    """Compare 10,000 async drivers that do nothing with as many tasks that do nothing."""
    plan = layered(DRIVERS, EDGES, LAYERS, NoOp)

    def fresh() -> object:
        return start(Plan(plan.tiers, plan.drivers))  # a plan that no executor has seen

    return ratio(fresh, lambda: asyncio.run(bare_tasks()))


def yielding(count: int) -> float:
    """Compare drivers that yield once with as many tasks that do."""
    plan = layered(count, count * EDGES // DRIVERS, LAYERS, YieldingNoOp)

    def fresh() -> object:
        return start(Plan(plan.tiers, plan.drivers))

    return ratio(fresh, lambda: asyncio.run(bare_tasks(count, yields)), rounds=3 if count > DRIVERS else ROUNDS)


def stop_of_start() -> float:
    """Compare the stop of 10,000 drivers with their start."""
    plan = layered(DRIVERS, EDGES, LAYERS, NoOp)
    spent: list[tuple[float, float]] = []

    async def main() -> None:
        executor = Executor(Plan(plan.tiers, plan.drivers))
        began = time.process_time()
        await executor.start()
        started = time.process_time()
        await executor.stop()
        spent.append((started - began, time.process_time() - started))

    for _ in range(ROUNDS):
        gc.collect()
        asyncio.run(main())
    return median(stop for _, stop in spent) / median(start for start, _ in spent)


def with_a_reporter() -> float:
    """Compare them again, with a reporter that receives every event."""
    plan = layered(DRIVERS, EDGES, LAYERS, NoOp)

    def fresh() -> object:
        return start(Plan(plan.tiers, plan.drivers), reporters=(Reporter(),))

    return ratio(fresh, lambda: asyncio.run(bare_tasks()))


def with_the_journal_on() -> float:
    """Compare them again, each run recorded in an open journal, and written to it."""
    plan = layered(DRIVERS, EDGES, LAYERS, NoOp)
    digest = plan.digest  # the command line makes it for other ends too

    with tempfile.TemporaryDirectory() as folder, Journal.open(Path(folder, "journal.sqlite")) as journal:

        def fresh() -> object:
            unseen = Plan(plan.tiers, plan.drivers)
            recorder = journal.start_run(RunInfo.here(instance_of(("/stack.toml",)), digest), unseen)
            took = start(unseen, reporters=(recorder,))
            recorder.finish()  # what the thread that writes has not come to yet counts, too
            return took

        return ratio(fresh, lambda: asyncio.run(bare_tasks()))


def against_thread_pool() -> float:
    """Compare 10,000 plain drivers that do nothing with as many calls handed to a ThreadPoolExecutor from a loop."""
    plan = layered(DRIVERS, EDGES, LAYERS, PlainNoOp)

    async def pool() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor() as threads:
            await asyncio.gather(*(loop.run_in_executor(threads, int) for _ in range(DRIVERS)))

    return ratio(lambda: start(plan), lambda: asyncio.run(pool()), time.perf_counter)


def against_bare_pool() -> float:
    """Compare with the pool alone: no loop, all submitted and then waited for."""
    plan = layered(DRIVERS, EDGES, LAYERS, PlainNoOp)

    def pool() -> None:
        with ThreadPoolExecutor() as threads:
            for future in [threads.submit(int) for _ in range(DRIVERS)]:
                future.result()

    return ratio(lambda: start(plan), pool, time.perf_counter)


def sleeping() -> tuple[Plan, dict[str, float], dict[str, float]]:
    """Make 500 drivers that sleep; with how long each does, and the longest way to each one's end."""
    plan = layered(500, 1350, 12, Sleeper)
    random = Random(11)  # noqa: S311
    Sleeper.durations = {name: random.lognormvariate(-3.0, 0.8) for name in plan.drivers}
    ends: dict[str, float] = {}
    for driver in plan:
        needed = (ends[wait.step.driver] for wait in driver.waits[0])
        ends[driver.name] = Sleeper.durations[driver.name] + max(needed, default=0.0)
    return plan, Sleeper.durations, ends


def against_critical_path() -> float:
    """Compare 500 sleeping drivers with the longest way through them."""
    plan, _, ends = sleeping()
    return median(start(plan) for _ in range(3)) / max(ends.values())


def against_bound_of_jobs() -> float:
    """Compare them, 16 at a time and with known durations, with what no order could beat."""
    plan, durations, ends = sleeping()
    bound = max(*ends.values(), sum(durations.values()) / 16)
    known = {f"{name}:start": seconds for name, seconds in durations.items()}
    return median(start(plan, 16, known) for _ in range(3)) / bound


def memory() -> float:
    """KiB that a run adds for each of 10,000 drivers; in a process of its own."""
    result = subprocess.run([sys.executable, "-m", "benchmarks.execute", "memory"], capture_output=True, check=True)
    return float(result.stdout)


def resident() -> int:
    """Return the resident memory in KiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


def measure_memory() -> float:
    """Measure it at its worst: all drivers at once in the middle of their phase."""
    start(layered(10, 20, 2, NoOp))
    plan = layered(DRIVERS, EDGES, LAYERS, Sleeper)
    flat = Plan(
        (PlannedTier("all", (tuple(plan.drivers),)),),
        {name: replace(driver, stage=1, waits=((),)) for name, driver in plan.drivers.items()},
    )
    Sleeper.durations = dict.fromkeys(plan.drivers, 3.0)
    gc.collect()
    before = resident()

    async def main() -> int:
        executor = Executor(flat)
        running = asyncio.create_task(executor.start())
        await asyncio.sleep(2)
        most = resident()
        await running
        executor.release()
        return most

    return (asyncio.run(main()) - before) / DRIVERS


MEASURES: Sequence[tuple[str, Callable[[], float], float]] = (
    ("10,000 async drivers, against asyncio tasks", against_bare_tasks, 3.0),
    ("the same with a reporter", with_a_reporter, 4.0),
    ("the same with the journal on", with_the_journal_on, 4.0),
    ("10,000 drivers that yield once, against tasks that do", partial(yielding, 10_000), 2.5),
    ("100,000 drivers that yield once, against tasks that do", partial(yielding, 100_000), 2.5),
    ("the stop of 10,000 async drivers, against their start", stop_of_start, 1.0),
    ("500 drivers that sleep, against their critical path", against_critical_path, 1.05),
    ("the same, 16 at a time, against the lower bound", against_bound_of_jobs, 1.06),
    ("10,000 plain drivers, against a thread pool of asyncio", against_thread_pool, 1.3),
    ("10,000 plain drivers, against a thread pool alone", against_bare_pool, 1.3),
    ("memory, KiB a driver", memory, 6.0),
)


def main(path: Path | None) -> int:
    """Print all ratios."""
    exceeded, bars = False, []
    for name, measure, limit in MEASURES:
        value = measure()
        exceeded |= value > limit
        bars.append(Bar(name, value, limit))
        print(f"{name:62} {value:6.2f}   at most {limit:g}{'' if value <= limit else '   EXCEEDED'}", flush=True)
    *ratios, added = bars
    times = Chart("The time of a start, as a multiple of what it is compared with", "times", tuple(ratios))
    grown = Bar("10,000 drivers, all in the middle of their phase", added.value, added.limit)
    save(path, "execute", [times, Chart("The memory that a run adds for each driver", "KiB", (grown,))])
    return int(exceeded)


if __name__ == "__main__":
    if sys.argv[1:] == ["memory"]:
        print(measure_memory())
        sys.exit()
    sys.exit(main(destination(sys.argv)))
