"""Every driver of libvirt's keeps to what a life cycle promises, with a libvirt that is played."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.testing import assert_conforms
from tierdeps_libvirt import tierdeps_drivers
from tierdeps_libvirt._base import ConnectedLifecycle

if TYPE_CHECKING:
    from tierdeps import Driver, Lifecycle
    from tierdeps.testing import RunDriver

DRIVERS = {driver.name: driver for driver in tierdeps_drivers()}
GONE = {"nodedev-hal", "uml", "xen"}
#: Drivers that look at the host itself before they connect.
LOOKING = {"interface-netcf", "interface-udev", "libxl"}


class RefusedError(Exception):
    pass


class Played:
    """A libvirt that answers everywhere, and counts who is connected."""

    libvirtError = RefusedError  # noqa: N815 - libvirt's name

    def __init__(self) -> None:
        self.connected = 0

    def open(self, uri: str) -> Any:
        self.connected += 1
        return _Connection(self, uri)


class _Connection:
    def __init__(self, libvirt: Played, uri: str) -> None:
        self._libvirt, self._uri = libvirt, uri

    def close(self) -> int:
        self._libvirt.connected -= 1
        return 0

    def getURI(self) -> str:  # noqa: N802 - libvirt's name
        return self._uri

    def getLibVersion(self) -> int:  # noqa: N802 - libvirt's name
        return 9_000_000

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("listAll"):
            raise AttributeError(name)
        return list


def meeting(driver: Driver, libvirt: Played) -> Driver:
    """Return the driver with a life cycle that meets this libvirt."""
    module, _, attribute = str(driver.lifecycle).partition(":")
    base: type[Lifecycle] = getattr(import_module(module), attribute)
    if not issubclass(base, ConnectedLifecycle):
        return driver
    return replace(driver, lifecycle=type(base.__name__, (base,), {"library": lambda _: libvirt}))


@pytest.mark.parametrize("name", DRIVERS)
def test_conforms(name: str) -> None:
    libvirt = Played()
    found = assert_conforms(meeting(DRIVERS[name], libvirt), may_be_skipped=name in GONE | LOOKING)
    assert libvirt.connected == 0
    if name in GONE:
        assert "since" in found.skipped
    elif name not in LOOKING:
        assert found.skipped == ""


@pytest.mark.parametrize("name", sorted(DRIVERS.keys() - GONE - LOOKING))
def test_closes_its_connection_whichever_phase_fails(name: str, run_driver: RunDriver) -> None:
    for phase in DRIVERS[name].phases:
        libvirt = Played()
        trial = run_driver(meeting(DRIVERS[name], libvirt), failures={f"{name}:{phase}": "the daemon went away"})
        assert trial.state == "failed"
        assert libvirt.connected == 0


def test_storage_waits_for_a_slow_door_to_the_secrets(run_driver: RunDriver) -> None:
    trial = run_driver(meeting(DRIVERS["storage"], Played()), delays={"secret-lookup": 60})
    assert trial.outcome.state == "ready"
    assert trial.stopped.seconds == pytest.approx(60)


def test_qemu_is_not_started_on_storage_that_failed(run_driver: RunDriver) -> None:
    libvirt = Played()
    trial = run_driver(meeting(DRIVERS["qemu"], libvirt), failures={"storage": "the pool is not there"})
    assert (trial.outcome.state, trial.outcome.cause) == ("blocked", ("storage",))
    assert "qemu:initialize" not in trial.steps
    assert libvirt.connected == 0
