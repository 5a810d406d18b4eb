"""Many restarts: computed by a kernel, and by the executor where the kernel cannot express what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tierdeps._util.frozen import replace
from tierdeps.errors import RunError
from tierdeps.simulate.by_executor import ExecutorRestarts
from tierdeps.simulate.plain_kernel import PlainKernel
from tierdeps.simulate.scenario import scenario_of
from tierdeps.simulate.tally import Tally
from tierdeps.simulate.timings import step_timings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from tierdeps.model import Plan, Schedule, Simulation
    from tierdeps.simulate.restart import Draws, Restart
    from tierdeps.simulate.scenario import Need, Scenario

#: One of so many restarts goes through the executor too, and both must agree.
VERIFIED_EVERY = 1000
#: For fewer draws, importing numpy costs more than it saves.
MIN_NUMPY_DRAWS = 50_000


class Block(Protocol):
    """Some restarts that a kernel computed."""

    def draws(self, number: int) -> Draws:
        """Return what was drawn for a restart."""

    def restart(self, number: int) -> Restart:
        """Return a restart."""

    def over_limit(self) -> list[int]:
        """Return the restarts in which a step takes as long as its timeout allows, or longer."""

    def count(self, tally: Tally, without: Collection[int]) -> None:
        """Count all restarts but some."""


class Kernel(Protocol):
    """Draws and schedules restarts, so many at once."""

    block_size: int

    def block(self, count: int) -> Block:
        """Draw the next restarts."""


def simulate(
    plan: Plan,
    registered: Sequence[str],
    schedule: Schedule,
    *,
    restarts: int,
    seed: int,
    needs: Iterable[Need],
    what_if: Sequence[str] = (),
    by_executor: bool = False,
    goes_on: Callable[[int], bool] = lambda _: True,
) -> Simulation:
    """Restart a plan's drivers many times on simulated time, and count the steps that start too early.

    ``registered`` are the drivers in the order of their declarations; ``needs`` are the dependencies to check.
    ``what_if`` are changes of timings, which are simulated as well, with the same draws. ``by_executor`` runs each
    restart through the executor. ``goes_on`` is called now and then with the number of restarts that are done, and may
    end the simulation: what was counted so far is its result.
    Raises DeclarationError for a timing that cannot be read, RunError where the kernel and the executor disagree.
    """
    checked = list({need[:2]: need for need in needs if not _is_disabled(plan, need)}.values())

    def run(changes: Sequence[str], restarts: int, before: int, goes_on: Callable[[int], bool]) -> Simulation:
        scenario = scenario_of(plan, registered, schedule, step_timings(plan, changes), checked)
        tally = _run(
            scenario,
            restarts,
            seed,
            goes_on=lambda done: goes_on(before + done),
            by_executor=by_executor or not scenario.is_expressible,
        )
        return tally.result(checked, schedule, seed, restarts)

    step_timings(plan, what_if)  # a mistake in it is reported before anything is simulated
    result = run((), restarts, 0, goes_on)
    if not what_if:
        return result
    changed = None if result.interrupted else run(what_if, restarts, restarts, goes_on)
    if changed is None or changed.interrupted:  # both must be of the same restarts
        return replace(result, is_cut=True)
    return replace(result, changed=changed, changes=tuple(what_if))


def _is_disabled(plan: Plan, need: Need) -> bool:
    return plan.drivers[need.step.driver].disabled or plan.drivers[need.needed.driver].disabled


def _run(scenario: Scenario, restarts: int, seed: int, *, by_executor: bool, goes_on: Callable[[int], bool]) -> Tally:
    tally = Tally(scenario)
    kernel = PlainKernel(scenario, seed) if by_executor else select_kernel(scenario, restarts, seed)
    done = 0
    with ExecutorRestarts(scenario) as executor:
        while done < restarts and goes_on(done):
            size = min(kernel.block_size, restarts - done)
            block = kernel.block(size)
            others = range(size) if by_executor else block.over_limit()
            block.count(tally, others)
            for number in others:
                tally.add(executor.run(block.draws(number)))
            for number in range(-done % VERIFIED_EVERY, size, VERIFIED_EVERY):
                if number not in others:
                    _verify(scenario, block.restart(number), executor, done + number)
                    tally.verified += 1
            done += size
    return tally


def select_kernel(scenario: Scenario, restarts: int, seed: int) -> Kernel:
    """Return numpy's kernel where it is installed and worth it, else the plain one."""
    if restarts * len(scenario.steps) < MIN_NUMPY_DRAWS:
        return PlainKernel(scenario, seed)
    try:
        from tierdeps.simulate.numpy_kernel import NumpyKernel
    except ImportError:  # numpy is optional: the extra [scale]
        return PlainKernel(scenario, seed)
    return NumpyKernel(scenario, seed)


def _verify(scenario: Scenario, restart: Restart, executor: ExecutorRestarts, number: int) -> None:
    """Raise RunError where the executor runs a restart in another way: at other times, or with others too early."""
    real = executor.run(restart.draws)
    for step, name in enumerate(scenario.steps):
        for what, computed, seen in (("begins", restart.begins, real.begins), ("ends", restart.ends, real.ends)):
            if not abs(computed[step] - seen[step]) <= restart.tolerance:
                raise _disagreement(number, f"{name} {what} at {computed[step]:.9g} s and {seen[step]:.9g} s")
    counts = [len(one.too_early(scenario.needs)) for one in (restart, real)]
    if counts[0] != counts[1]:
        raise _disagreement(number, f"{counts[0]} and {counts[1]} steps start too early")


def _disagreement(number: int, what: str) -> RunError:
    return RunError(
        f"the fast simulation and the executor disagree in restart {number + 1}: {what}; this is a defect of tierdeps,"
        " please report it; --executor simulates each restart through the executor"
    )
