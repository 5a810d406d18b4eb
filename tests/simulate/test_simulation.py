"""The race, on simulated time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tierdeps.errors import DeclarationError, UnknownNameError
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Driver, Schedule, Share, Simulation, after, requires
from tierdeps.simulate import Need, simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.lifecycle import Context

BOTH = ("initialize", "autostart")


def libvirt() -> list[Driver]:
    """QEMU's reconnecting goes on in threads, and reaches for pools that are active after the second pass only."""
    return [
        Driver("storage", phases=BOTH, timing={"initialize": "0.01", "autostart": "uniform(0, 1)"}),
        Driver(
            "qemu",
            phases=BOTH,
            dependencies=(requires("storage:autostart", phase="initialize", reason="its disks"),),
            timing={"initialize": "0.01 + thread uniform(0, 1)", "autostart": "0.01"},
        ),
    ]


def run(drivers: Sequence[Driver], schedule: Schedule, restarts: int = 400, seed: int = 7) -> Simulation:
    graph = DependencyGraph(drivers)
    needs = [Need(edge.dependent, edge.needed, edge.reason) for edge in graph.edges]
    names = [driver.name for driver in drivers]
    return simulate(graph.collapse(), names, schedule, restarts=restarts, seed=seed, needs=needs)


def test_two_passes_lose_the_race_sometimes() -> None:
    result = run(libvirt(), Schedule.TWO_PASS)
    assert 0.4 < result.hit.value < 0.6
    assert [(str(edge.step), str(edge.needed), edge.reason) for edge in result.edges] == [
        ("qemu:initialize", "storage:autostart", "its disks")
    ]
    assert result.victims == (("qemu", result.hit),)


def test_the_plan_never_loses_it() -> None:
    result = run(libvirt(), Schedule.PLAN)
    assert result.hit == Share(0, 400)
    assert result.edges == ()


def test_registration_order_is_as_good_as_what_was_registered_first() -> None:
    assert run(libvirt(), Schedule.REGISTRATION).hit.count == 0
    assert run(libvirt()[::-1], Schedule.REGISTRATION).hit.count > 0


def test_the_same_seed_gives_the_same_restarts() -> None:
    assert run(libvirt(), Schedule.TWO_PASS) == run(libvirt(), Schedule.TWO_PASS)
    assert run(libvirt(), Schedule.TWO_PASS).hit != run(libvirt(), Schedule.TWO_PASS, seed=8).hit


def test_a_step_without_a_timing_is_reported() -> None:
    result = run([Driver("a"), Driver("b", dependencies=(after("a"),), timing={"start": "1"})], Schedule.PLAN, 1)
    assert [str(step) for step in result.assumed] == ["a:start"]


class Slow(Lifecycle):
    """Is really run, on simulated time."""

    runs = 0

    async def start(self, context: Context) -> None:
        await asyncio.sleep(1000)
        Slow.runs += 1


def test_a_lifecycle_without_a_timing_is_run_on_simulated_time() -> None:
    Slow.runs = 0
    result = run(
        [Driver("a", lifecycle=Slow), Driver("b", dependencies=(requires("a"),), timing={"start": "1"})],
        Schedule.PLAN,
        3,
    )
    assert Slow.runs == 3
    assert result.assumed == ()
    assert result.makespan.mean == pytest.approx(1001)


def test_a_timing_that_cannot_be_read_names_its_step() -> None:
    with pytest.raises(DeclarationError, match="timing of a:start"):
        run([Driver("a", timing={"start": "soon"})], Schedule.PLAN)


def test_a_timing_for_an_unknown_phase_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'start'"):
        run([Driver("a", timing={"strat": "1"})], Schedule.PLAN)


def test_intervals_make_sense_at_both_ends() -> None:
    low, high = Share(0, 100_000).interval
    assert low == 0.0
    assert high == pytest.approx(3.84e-5, rel=0.01)
    low, high = Share(400, 1000).interval
    assert low == pytest.approx(0.3701, abs=0.001)
    assert high == pytest.approx(0.4307, abs=0.001)
    assert Share(5, 5).interval[1] == 1.0


def test_what_was_counted_before_an_interrupt_is_the_same_as_so_many_restarts() -> None:
    graph = DependencyGraph(libvirt())
    needs = [Need(edge.dependent, edge.needed, edge.reason) for edge in graph.edges]
    asked: list[int] = []

    def goes_on(done: int) -> bool:
        asked.append(done)
        return done < 50

    names = ["storage", "qemu"]
    found = simulate(graph.collapse(), names, Schedule.TWO_PASS, restarts=400, seed=7, needs=needs, goes_on=goes_on)
    assert asked == list(range(51))
    assert found.interrupted
    whole = run(libvirt(), Schedule.TWO_PASS, restarts=50)
    assert not whole.interrupted
    assert (found.hit, found.edges, found.victims) == (whole.hit, whole.edges, whole.victims)
    assert (found.requested, whole.requested) == (400, 50)
