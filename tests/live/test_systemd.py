"""The boot of a real system: systemd, Debian 13's libvirt as it is shipped, and the unit and drop-ins of own-boot.

Made only on request, for it takes minutes.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.live.host import booted, objects, refusal
from tests.live.host.booted import FIRMWARE, Booted
from tests.live.host.world import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.live

ETC, ADDRESS = "/etc/libvirt", "qemu:///system"
UNIT = "tierdeps-libvirt.service"
REPAIR = "tierdeps-libvirt-repair.service"
#: An order that libvirt's own, by name or by luck, is not; the last one is marked for one boot alone.
ORDER = ("web", "db", "app", "once")
LASTING = ORDER[:-1]
#: So many boots there are. By hand it may be more.
BOOTS = int(os.environ.get("TIERDEPS_BOOTS", "3"))


@pytest.fixture(scope="module")
def made() -> Iterator[Booted]:
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)
    folder = booted.system()
    if folder is None:
        pytest.skip(booted.ON_REQUEST)
    with Booted(folder) as system:
        system.await_boot()
        for name in ORDER:
            system.path(f"/root/{name}.xml").write_text(objects.guest(name, FIRMWARE))
            system.virsh("define", f"/root/{name}.xml")
        for earlier, later in pairwise(ORDER):
            request = f"<start><after domain='{earlier}'/></start>"
            system.virsh("metadata", later, "urn:tierdeps:libvirt:1", "--config", "--key", "tierdeps", "--set", request)
        for name in LASTING:
            system.virsh("autostart", name)
        yield system


@pytest.fixture
def system(made: Booted) -> Iterator[Booted]:
    """All guests are off, one is marked for one boot, and nothing is remembered; own-boot is undone again."""
    down(made)
    made.virsh("autostart", "--once", ORDER[-1])
    yield made
    made.run("tierdeps-libvirt", "own-boot", "--undo")


def down(system: Booted) -> None:
    for name in running(system):
        system.virsh("destroy", name)
    system.run("rm", "-rf", "/run/tierdeps-libvirt")


def running(system: Booted) -> list[str]:
    """Name the guests that run, in the order in which they were started."""
    names = system.virsh("list", "--name").split()
    return sorted(names, key=lambda name: int(system.virsh("domid", name)))


def state(system: Booted) -> str:
    """Return what systemd says of the unit."""
    return system.run("systemctl", "is-active", UNIT, check=False).stdout.strip()


def journal(system: Booted) -> str:
    """Return what was logged since the boot."""
    return system.run("journalctl", "--boot", "--no-pager").stdout


def is_once(system: Booted) -> bool:
    """Return whether the guest is still marked for the next boot."""
    return system.path(f"{ETC}/qemu/autostart/{ORDER[-1]}.xml.once").is_symlink()


def test_the_daemon_by_itself_starts_what_is_marked_in_an_order_of_its_own(system: Booted) -> None:
    system.reboot()
    assert set(running(system)) == set(ORDER)
    assert not is_once(system)


def test_own_boot_has_every_boot_keep_the_requested_order(system: Booted) -> None:
    system.run("tierdeps-libvirt", "own-boot")
    orders = []
    for _ in range(BOOTS):
        system.virsh("autostart", "--once", ORDER[-1])
        system.reboot()
        assert state(system) == "active", journal(system)
        assert not is_once(system), "tierdeps clears the mark, as the daemon does"
        orders.append(running(system))
    assert orders == [list(ORDER)] * BOOTS
    system.reboot()
    assert running(system) == list(LASTING), "the mark was for one boot"
    assert system.run("systemctl", "--failed", "--plain", "--no-legend").stdout == ""


def test_a_restart_of_a_daemon_has_what_went_down_started_again(system: Booted) -> None:
    system.run("tierdeps-libvirt", "own-boot")
    system.reboot()
    until(lambda: running(system) == list(ORDER), "all guests run")
    sockets = ("libvirtd.socket", "libvirtd-ro.socket", "libvirtd-admin.socket")
    system.run("systemctl", "stop", "libvirtd.service", *sockets)
    system.signal("KILL", int(system.path(f"/run/libvirt/qemu/{ORDER[0]}.pid").read_text()))
    system.run("systemctl", "start", "libvirtd.service")
    until(lambda: set(system.virsh("list", "--name").split()) == set(ORDER), "it runs again")
    until(lambda: system.run("systemctl", "is-active", REPAIR, check=False).stdout == "inactive\n", "that is over")
    assert system.run("systemctl", "--failed", "--plain", "--no-legend").stdout == ""


def test_undone_the_daemon_starts_them_again(system: Booted) -> None:
    system.run("tierdeps-libvirt", "own-boot")
    system.run("tierdeps-libvirt", "own-boot", "--undo")
    system.reboot()
    assert set(running(system)) == set(ORDER)
    assert "could not be found" in system.run("systemctl", "status", UNIT, check=False).stderr


def test_systemd_accepts_the_unit_and_the_drop_ins(system: Booted) -> None:
    system.run("tierdeps-libvirt", "own-boot")
    done = system.run("systemd-analyze", "verify", "--man=no", UNIT, REPAIR, "libvirtd.service", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert system.run("systemctl", "is-enabled", UNIT).stdout == "enabled\n"


def test_the_unit_fails_where_a_guest_does_not_start_and_the_others_run(system: Booted) -> None:
    system.run("tierdeps-libvirt", "own-boot")
    lost = objects.guest("lost", FIRMWARE, objects.interface("mars"))
    system.path("/root/lost.xml").write_text(lost)
    system.virsh("define", "/root/lost.xml")
    system.virsh("autostart", "lost")
    try:
        system.reboot()
        assert state(system) == "failed", journal(system)
        assert running(system) == list(ORDER)
        assert "domain/lost" in journal(system)
    finally:
        system.virsh("undefine", "lost")


def test_a_check_counts_a_mark_for_one_boot_as_a_mark(system: Booted) -> None:
    for graph in (ETC, ADDRESS):
        found = system.run("tierdeps", "check", graph).stdout
        assert "domain/once requests an order with domain/app" in found
        assert "domain/once" in system.run("tierdeps", "order", graph).stdout
    system.virsh("autostart", "--once", "--disable", ORDER[-1])
    for graph in (ETC, ADDRESS):
        assert "domain/once requests" not in system.run("tierdeps", "check", graph).stdout


@pytest.mark.parametrize("graph", [(), (ETC,), (ADDRESS,)])
def test_a_start_starts_a_guest_that_is_marked_for_one_boot_and_clears_the_mark(
    system: Booted, graph: tuple[str, ...]
) -> None:
    system.run("tierdeps", "start", "--leave-running", *graph)
    assert running(system) == list(ORDER)
    assert not is_once(system)


@pytest.mark.parametrize("graph", [(), (ETC,)])
def test_a_repair_leaves_the_mark_of_a_guest_that_runs_or_was_shut_down(system: Booted, graph: tuple[str, ...]) -> None:
    system.run("tierdeps", "start", "--leave-running", *graph)
    system.virsh("autostart", "--once", ORDER[-1])
    system.run("tierdeps", "start", "--leave-running", *graph)
    assert is_once(system), "it runs: the mark is for the boot to come"
    system.virsh("destroy", ORDER[-1])
    system.run("tierdeps", "start", "--leave-running", *graph)
    assert is_once(system)
    assert running(system) == list(LASTING), "it was shut down, and stays off until that boot"
