"""Running guests whose pools are down when libvirt's modular daemons come back: real ones, each in its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.host import built, refusal
from tests.live.host.daemons import DAEMONS, Daemons
from tests.live.host.modular import DRIVERS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.live


@pytest.fixture(scope="module", params=["Debian's libvirtd, one driver each", "built"])
def made(request: pytest.FixtureRequest) -> Iterator[Daemons]:
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)
    programs = built.programs() if request.param == "built" else None
    if request.param == "built" and programs is None:
        pytest.skip(built.ON_REQUEST)
    with Daemons.made(guests=1, programs=programs) as daemons:
        yield daemons


@pytest.fixture
def daemons(made: Daemons) -> Iterator[Daemons]:
    """The daemons are down, the guests run, and none of their pools is up."""
    made.lose()
    yield made
    for driver in set(DAEMONS) - set(made.modular.running()):
        made.modular.start(driver)
    made.repair()


def test_a_hypervisor_that_finds_no_storage_kills_every_guest(daemons: Daemons) -> None:
    daemons.modular.start("qemu")
    assert daemons.volumes.running(daemons.qemu) == set()


def test_daemons_in_their_order_kill_the_guests_of_a_pool_that_nobody_mounts(daemons: Daemons) -> None:
    for driver in DAEMONS:
        daemons.modular.start(driver)
    assert daemons.killed() == {"mount-1"}


def test_tierdeps_has_the_pools_up_before_the_hypervisor_looks(daemons: Daemons) -> None:
    done = daemons.tierdeps()
    assert done.returncode == 0, done.stdout + done.stderr
    assert daemons.killed() == set()


def test_the_plugin_starts_every_modular_daemon_and_kills_no_guest(
    daemons: Daemons,
) -> None:
    if daemons.modular.built:
        pytest.skip(f"not all daemons are built: {built.ON_REQUEST}")
    done = daemons.tierdeps_plugin()
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(daemons.modular.running()) == set(DRIVERS)
    assert daemons.killed() == set()


def test_a_pool_that_does_not_come_up_keeps_the_hypervisor_from_looking(daemons: Daemons) -> None:
    target = daemons.volumes.target("mount")
    target.rmdir()
    target.touch()  # nothing can be mounted on a file
    done = daemons.tierdeps()
    assert done.returncode == 4, done.stdout + done.stderr
    assert "failed: pools: " in done.stdout
    target.unlink()
    target.mkdir()
    assert "qemu" not in daemons.modular.running()
    for driver in set(DAEMONS) & set(daemons.modular.running()):
        daemons.modular.stop(driver)
    assert daemons.tierdeps().returncode == 0
    assert daemons.killed() == set()
