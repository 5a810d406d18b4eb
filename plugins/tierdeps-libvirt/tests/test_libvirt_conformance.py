"""Every driver of libvirt's keeps to what a lifecycle promises, with a libvirt that is played."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from libvirt_played import FakeLibvirt, Thing, guest, meeting

from tierdeps import replace
from tierdeps.testing import assert_conforms
from tierdeps_libvirt import tierdeps_drivers
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._guests import GuestLifecycle

if TYPE_CHECKING:
    from tierdeps import Driver, Lifecycle
    from tierdeps.testing import RunDriver

DRIVERS = {driver.name: driver for driver in tierdeps_drivers()}
GONE = {"nodedev-hal", "uml", "xen"}
#: Drivers that look at the host itself before they connect.
LOOKING = {"interface-netcf", "interface-udev", "libxl"}
STARTED = {"start": ["libvirtd"]}


def host() -> FakeLibvirt:
    """Make one on which something of each kind is to be started."""
    return FakeLibvirt(
        pools=[Thing("images")], networks=[Thing("lan", xml="<network/>")], domains=[guest("web"), guest("db")]
    )


def playing(driver: Driver, libvirt: FakeLibvirt) -> Driver:
    """Return the driver with a lifecycle that meets this libvirt."""
    module, _, attribute = str(driver.lifecycle).partition(":")
    base: type[Lifecycle] = getattr(import_module(module), attribute)
    if not issubclass(base, ConnectedLifecycle):
        return driver
    quick = {"kind": replace(base.kind, settles=0.0)} if issubclass(base, GuestLifecycle) else {}
    libvirt.up = driver.name != "remote" and not driver.name.startswith("virt")  # which start it
    return replace(driver, lifecycle=meeting(base, libvirt, **quick))


@pytest.mark.parametrize("name", DRIVERS)
def test_conforms(name: str) -> None:
    libvirt = host()
    driver = playing(DRIVERS[name], libvirt)
    found = assert_conforms(driver, may_be_skipped=name in GONE | LOOKING, settings=STARTED, real_time=True)
    assert libvirt.connected == 0
    if name in GONE:
        assert "since" in found.skipped
    elif name not in LOOKING:
        assert found.skipped == ""


@pytest.mark.parametrize("name", sorted(DRIVERS.keys() - GONE - LOOKING))
def test_closes_its_connection_whichever_phase_fails(name: str, run_driver: RunDriver) -> None:
    for phase in DRIVERS[name].phases:
        libvirt = host()
        driver = playing(DRIVERS[name], libvirt)
        trial = run_driver(driver, failures={f"{name}:{phase}": "the daemon went away"}, settings=STARTED)
        assert trial.state == "failed"
        assert libvirt.connected == 0


def test_storage_waits_for_a_slow_connection_to_the_secrets(run_driver: RunDriver) -> None:
    trial = run_driver(playing(DRIVERS["storage"], FakeLibvirt()), delays={"secret-lookup": 60})
    assert trial.outcome.state == "ready"
    assert trial.stopped.seconds == pytest.approx(60)


def test_qemu_is_not_started_on_storage_that_failed(run_driver: RunDriver) -> None:
    libvirt = host()
    trial = run_driver(playing(DRIVERS["qemu"], libvirt), failures={"storage": "the pool is not there"})
    assert (trial.outcome.state, trial.outcome.cause) == ("blocked", ("storage",))
    assert "qemu:initialize" not in trial.steps
    assert (libvirt.connected, libvirt.domains[0].log) == (0, [])


def test_of_two_runs_the_second_adopts_what_the_first_left(run_driver: RunDriver) -> None:
    libvirt = host()
    driver = playing(DRIVERS["qemu"], libvirt)
    states = [str(run_driver(driver).state) for _ in range(2)]
    assert states == ["ready", "adopted"]
    assert [guest.log for guest in libvirt.domains] == [["create"], ["create"]]


def test_one_that_is_down_among_others_is_repaired_and_nothing_else_touched(run_driver: RunDriver) -> None:
    libvirt = host()
    driver = playing(DRIVERS["qemu"], libvirt)
    run_driver(driver)
    libvirt.domains[1].active = False
    assert run_driver(driver).state == "ready"
    assert [guest.log for guest in libvirt.domains] == [["create"], ["create", "create"]]
