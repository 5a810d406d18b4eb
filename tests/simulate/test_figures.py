"""How long restarts take, which steps decide that, and what a change of timings does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps._util.frozen import replace
from tierdeps.errors import DeclarationError, RunError, UnknownNameError
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Driver, Policy, Schedule, Simulation, requires
from tierdeps.simulate import Need, simulate, simulation
from tierdeps.simulate.plain_kernel import PlainKernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.simulate.scenario import Scenario
    from tierdeps.simulate.simulation import Kernel


def run(
    drivers: Sequence[Driver],
    restarts: int = 200,
    schedule: Schedule = Schedule.PLAN,
    *,
    what_if: Sequence[str] = (),
    by_executor: bool = False,
) -> Simulation:
    graph = DependencyGraph(drivers)
    needs = [Need(edge.dependent, edge.needed, edge.reason) for edge in graph.edges]
    names = [driver.name for driver in drivers]
    return simulate(
        graph.collapse(),
        names,
        schedule,
        restarts=restarts,
        seed=7,
        needs=needs,
        what_if=what_if,
        by_executor=by_executor,
    )


def diamond(left: str = "2", right: str = "1") -> list[Driver]:
    return [
        Driver("base", timing={"start": "1"}),
        Driver("left", dependencies=(requires("base"),), timing={"start": left}),
        Driver("right", dependencies=(requires("base"),), timing={"start": right}),
        Driver("top", dependencies=(requires("left"), requires("right")), timing={"start": "0.5"}),
    ]


def test_the_critical_path_is_what_the_end_waited_for() -> None:
    found = run(diamond())
    assert found.makespan.mean == found.makespan.median == found.makespan.longest == 3.5
    assert [(str(one.step), one.share.value, one.seconds) for one in found.steps] == [
        ("left:start", 1.0, 2.0),
        ("base:start", 1.0, 1.0),
        ("top:start", 1.0, 0.5),
    ]


def test_of_steps_that_end_at_one_time_all_are_critical() -> None:
    assert {str(one.step) for one in run(diamond("0.1", "0.1")).steps} >= {"left:start", "right:start"}


def test_the_step_that_varies_explains_the_makespan() -> None:
    found = {str(one.step): one for one in run(diamond("uniform(2, 4)", "uniform(0, 1)")).steps}
    assert found["left:start"].correlation == pytest.approx(1.0)
    assert found["base:start"].correlation == 0.0
    assert "right:start" not in found


def test_percentiles_are_makespans_that_were_seen() -> None:
    found = run([Driver("a", timing={"start": "uniform(0, 100)"})], 1000).makespan
    assert found.median == pytest.approx(50, abs=6)
    assert found.p90 == pytest.approx(90, abs=4)
    assert found.median < found.p90 < found.p95 < found.p99 < found.longest < 100


def test_both_kernels_and_the_executor_give_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    drivers = diamond("lognormal(2, 0.5)", "exponential(2)")
    real = run(drivers, by_executor=True)
    plain = run(drivers)
    monkeypatch.setattr(simulation, "MIN_NUMPY_DRAWS", 0)
    for found in (plain, run(drivers)):
        assert found.makespan.mean == pytest.approx(real.makespan.mean, abs=1e-6)
        assert [one.step for one in found.steps] == [one.step for one in real.steps]
        assert [one.share for one in found.steps] == [one.share for one in real.steps]
        assert [one.correlation for one in found.steps] == pytest.approx([one.correlation for one in real.steps])
        assert found.hit == real.hit
    assert (plain.verified, real.verified) == (1, 0)


def test_a_change_is_simulated_with_the_same_draws() -> None:
    found = run(diamond("uniform(2, 4)"), what_if=["left:start=x2"])
    assert found.changed is not None
    assert found.changes == ("left:start=x2",)
    before = found.makespan.mean - 1.5
    assert found.changed.makespan.mean - 1.5 == pytest.approx(2 * before)
    assert run(diamond("uniform(2, 4)")).makespan == found.makespan


def test_changes_are_made_together_and_of_all_phases_of_a_driver() -> None:
    two = Driver("two", phases=("a", "b"), timing={"a": "1", "b": "2"})
    found = run([two, Driver("b", timing={"start": "1"})], 2, what_if=["two=x2", "b=constant(10)"])
    assert found.makespan.mean == 3.0
    assert found.changed is not None
    assert found.changed.makespan.mean == 10.0
    assert run([two], 2, what_if=["two:b=x0"]).changed.makespan.mean == 1.0  # type: ignore[union-attr]


def test_another_timing_keeps_the_thread_that_a_step_leaves_behind() -> None:
    drivers = [
        Driver("storage", phases=("i", "a"), timing={"i": "1", "a": "5"}),
        Driver(
            "qemu",
            phases=("i", "a"),
            dependencies=(requires("storage:a", phase="i"),),
            timing={"i": "1 + thread 2", "a": "0"},
        ),
    ]
    found = run(drivers, 5, Schedule.TWO_PASS, what_if=["qemu:i=3", "storage:a=x0.1"])
    assert found.hit.value == 1.0
    assert found.changed is not None
    assert found.changed.hit.value == 0.0


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ("left", DeclarationError, "DRIVER"),
        ("=x2", DeclarationError, "DRIVER"),
        ("left=x-1", DeclarationError, "a factor"),
        ("left=x1e400", DeclarationError, "a factor"),
        ("left=x1.2.3", DeclarationError, "a factor"),
        ("left=soon", DeclarationError, "a distribution"),
        ("lfet=x2", UnknownNameError, "did you mean 'left'"),
        ("left:strat=x2", UnknownNameError, "did you mean 'start'"),
        ("real=x2", DeclarationError, "really run"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(change: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        run([*diamond(), Driver("real", lifecycle=Lifecycle)], 1, what_if=[change])


def test_a_restart_in_which_a_step_times_out_is_run_by_the_executor() -> None:
    slow = Driver("slow", timing={"start": "uniform(0, 2)"}, policy=Policy(timeout=1))
    drivers = [slow, Driver("top", dependencies=(requires("slow"),), timing={"start": "1"})]
    found, real = run(drivers), run(drivers, by_executor=True)
    assert found.makespan.mean == pytest.approx(real.makespan.mean)
    assert found.makespan.longest < 2.0
    assert found.hit == real.hit


def test_a_kernel_that_disagrees_with_the_executor_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(scenario: Scenario, restarts: int, seed: int) -> Kernel:
        del restarts
        return PlainKernel(replace(scenario, before=((),) * len(scenario.steps)), seed)  # nothing waits for anything

    monkeypatch.setattr(simulation, "select_kernel", wrong)
    with pytest.raises(RunError, match=r"disagree in restart 1: left:start begins at 0 s and 1 s; .* --executor"):
        run(diamond())
