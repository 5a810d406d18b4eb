"""A driver is started and stopped among stand-ins, on a virtual clock."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tierdeps import Context, CycleError, Driver, Lifecycle, before, conflicts, requires, wants
from tierdeps.testing import run_driver as run_here

if TYPE_CHECKING:
    from tierdeps.testing import RunDriver

HOUR = 3600.0


class Storage(Lifecycle):
    def __init__(self) -> None:
        self.key: Lifecycle | None = None
        self.pools: list[str] = []
        self.stopped = False

    async def initialize(self, context: Context) -> None:
        await asyncio.sleep(1)
        self.pools = [str(context.settings.get("pool", "default"))]

    async def autostart(self, context: Context) -> None:
        self.key = context.get("secret")

    async def stop(self, context: Context) -> None:
        self.stopped = True


STORAGE = Driver(
    "storage",
    tier="core",
    phases=("initialize", "autostart"),
    dependencies=(requires("secret:initialize", phase="autostart", when="pool.auth"), wants("network")),
    lifecycle=Storage,
)


def test_starts_and_stops(run_driver: RunDriver) -> None:
    trial = run_driver(STORAGE)
    assert trial.state == "ready"
    assert trial.outcome.stopped
    assert trial.left == ()
    assert isinstance(trial.lifecycle, Storage)
    assert trial.lifecycle.stopped


def test_what_is_imported_is_what_the_fixture_gives(run_driver: RunDriver) -> None:
    assert run_driver is run_here


def test_stand_ins_have_the_phases_that_are_asked_of_them(run_driver: RunDriver) -> None:
    assert set(run_driver(STORAGE).steps) == {
        "network:start",
        "secret:initialize",
        "storage:initialize",
        "storage:autostart",
    }


def test_an_hour_takes_no_time(run_driver: RunDriver) -> None:
    started = time.monotonic()
    trial = run_driver(STORAGE, delays={"network": 80.0, "storage:autostart": 80.0})
    assert trial.stopped.seconds == pytest.approx(161)
    assert trial.outcome.seconds == pytest.approx(81)
    assert time.monotonic() - started < 10


def test_what_does_not_end_in_time_fails(run_driver: RunDriver) -> None:
    outcome = run_driver(STORAGE, delays={"storage:initialize": HOUR}).outcome
    assert outcome.state == "failed"
    assert "did not end within 90 s" in outcome.reason


def test_a_failure_of_what_it_requires_blocks_it(run_driver: RunDriver) -> None:
    outcome = run_driver(STORAGE, failures={"secret": "the key is gone"}).outcome
    assert (outcome.state, outcome.cause) == ("blocked", ("secret",))


def test_a_failure_can_be_any_exception(run_driver: RunDriver) -> None:
    outcome = run_driver(STORAGE, failures={"storage:autostart": OSError("no disk")}).outcome
    assert (outcome.state, outcome.reason) == ("failed", "autostart: OSError: no disk")
    assert outcome.stopped


def test_a_failure_of_the_stop_is_reported(run_driver: RunDriver) -> None:
    assert "it hangs" in run_driver(STORAGE, failures={"storage:stop": "it hangs"}).outcome.stop_error


def test_fakes_are_looked_up_in_the_place_of_stand_ins(run_driver: RunDriver) -> None:
    class FakeSecrets(Lifecycle):
        pass

    fake = Driver("config", tier="later", phases=("initialize",), provides=("secret",), lifecycle=FakeSecrets)
    trial = run_driver(STORAGE, fakes=[fake])
    assert isinstance(trial.lifecycle, Storage)
    assert isinstance(trial.lifecycle.key, FakeSecrets)
    assert not any(step.startswith("secret:") for step in trial.steps)


def test_it_gets_its_settings(run_driver: RunDriver) -> None:
    trial = run_driver(STORAGE, settings={"pool": "rbd"})
    assert isinstance(trial.lifecycle, Storage)
    assert trial.lifecycle.pools == ["rbd"]


def test_facts_hold_unless_they_are_stated_not_to(run_driver: RunDriver) -> None:
    trial = run_driver(STORAGE, facts={"pool.auth": False})
    assert isinstance(trial.lifecycle, Storage)
    assert trial.state == "ready"
    assert trial.lifecycle.key is None
    held = run_driver(STORAGE)
    assert isinstance(held.lifecycle, Storage)
    assert held.lifecycle.key is not None


@pytest.mark.parametrize("is_async", [True, False])
def test_it_can_be_looked_at_while_it_is_ready(run_driver: RunDriver, is_async: bool) -> None:
    seen = []

    def look(lifecycle: Lifecycle) -> None:
        assert isinstance(lifecycle, Storage)
        seen.append((lifecycle.pools, lifecycle.stopped))

    async def look_async(lifecycle: Lifecycle) -> None:
        await asyncio.sleep(HOUR)
        look(lifecycle)

    run_driver(STORAGE, when_ready=look_async if is_async else look)
    assert seen == [(["default"], False)]


def test_what_is_found_wrong_then_is_raised_after_the_stop(run_driver: RunDriver) -> None:
    kept: list[Lifecycle] = []

    def complain(lifecycle: Lifecycle) -> None:
        kept.append(lifecycle)
        raise AssertionError("not what was expected")

    with pytest.raises(AssertionError, match="not what was expected"):
        run_driver(STORAGE, when_ready=complain)
    (lifecycle,) = kept
    assert isinstance(lifecycle, Storage)
    assert lifecycle.stopped


def test_who_comes_after_it_is_there_too(run_driver: RunDriver) -> None:
    driver = Driver("clock", dependencies=(before("alarm"), conflicts("sundial")))
    assert run_driver(driver).steps == ("clock:start", "alarm:start")


def test_a_cycle_is_raised(run_driver: RunDriver) -> None:
    alarm = Driver("alarm", dependencies=(requires("clock"),))
    with pytest.raises(CycleError):
        run_driver(Driver("clock", dependencies=(requires("alarm"),)), fakes=[alarm])


def test_in_real_time_plain_methods_run_in_threads(run_driver: RunDriver) -> None:
    names = []

    class Plain(Lifecycle):
        def start(self, context: Context) -> None:
            names.append(threading.current_thread() is threading.main_thread())

    for real_time in (False, True):
        assert run_driver(Driver("plain", lifecycle=Plain), real_time=real_time).state == "ready"
    assert names == [True, False]


def test_in_real_time_threads_are_waited_for(run_driver: RunDriver) -> None:
    class Threaded(Lifecycle):
        async def start(self, context: Context) -> None:
            await asyncio.to_thread(time.sleep, 0.01)

    trial = run_driver(Driver("threaded", lifecycle=Threaded), real_time=True)
    assert (trial.state, trial.left, trial.suspensions) == ("ready", (), 1)


def test_a_delayed_call_can_be_interrupted(run_driver: RunDriver) -> None:
    delays = {"storage:initialize": HOUR, "network": HOUR}
    trial = run_driver(STORAGE, delays=delays, failures={"storage:stop": "never called"})
    assert trial.left == ()
    assert not trial.outcome.begun or trial.outcome.state == "failed"


class Osd(Lifecycle):
    async def start(self, context: Context) -> None:
        address = context.value("mon@ceph1", "address", str)
        context.publish("address", f"{address}:6800")


def test_values_of_stand_ins_are_read_and_those_of_the_driver_kept() -> None:
    driver = Driver("osd@kvm1", host="kvm1", lifecycle=Osd, dependencies=(requires("mon@ceph1"),))
    trial = run_here(driver, values={"mon@ceph1": {"address": "10.0.0.1"}})
    assert trial.outcome.reason == ""
    assert trial.published == {"address": "10.0.0.1:6800"}


class Nosy(Lifecycle):
    async def start(self, context: Context) -> None:
        context.get("storage@kvm1")
        context.get("mon@ceph1")


def test_stand_ins_are_on_the_hosts_of_their_names() -> None:
    driver = Driver(
        "guest", host="kvm1", lifecycle=Nosy, dependencies=(requires("storage@kvm1"), requires("mon@ceph1"))
    )
    assert "the lifecycle of 'mon@ceph1', which is on ceph1 and not on kvm1" in run_here(driver).outcome.reason
