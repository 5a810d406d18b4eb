"""Modular daemons: each is a driver, and none that looks for its guests is started before their pools are active."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from libvirt_played import FakeLibvirt, Thing, context, degraded_by, guest, meeting, played

from tierdeps import RunError, replace
from tierdeps_libvirt import tierdeps_drivers
from tierdeps_libvirt._connection import everywhere
from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt._live_objects import DomainLifecycle
from tierdeps_libvirt._modular import Daemons
from tierdeps_libvirt.nodedev_udev import NodedevUdevLifecycle
from tierdeps_libvirt.remote import RemoteLifecycle
from tierdeps_libvirt.virtnodedevd import VirtnodedevdLifecycle
from tierdeps_libvirt.virtqemud import VirtqemudLifecycle
from tierdeps_libvirt.virtstoraged import VirtstoragedLifecycle

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps.testing import RunDriver

DRIVERS = {driver.name: driver for driver in tierdeps_drivers()}
STATUS = """<domstatus state='running'><domain type='qemu'><name>web</name><devices>
<disk type='volume'><source pool='images' volume='web'/></disk></devices></domain></domstatus>"""
SECONDARY = ("secret:///system", "storage:///system", "network:///system")


def touch(root: Path, *files: str) -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()


def sockets(root: Path, *names: str) -> None:
    touch(root, *(f"run/libvirt/{name}-sock" for name in names))


def running(root: Path, name: str) -> None:
    """Have a daemon run, as its file with its number says."""
    touch(root, f"run/{name}.pid")
    (root / f"run/{name}.pid").write_text(f"{os.getpid()}\n")
    (root / "proc" / str(os.getpid())).mkdir(parents=True, exist_ok=True)


def web_runs(root: Path) -> None:
    touch(root, "run/libvirt/qemu/web.xml")
    (root / "run/libvirt/qemu/web.xml").write_text(STATUS)


# Which there are


def test_a_daemon_that_is_not_on_this_host_is_skipped(tmp_path: Path) -> None:
    lifecycle = played(VirtstoragedLifecycle, FakeLibvirt(), root=tmp_path)
    assert lifecycle.probe(context("virtstoraged")) == "there is no virtstoraged on this host"


def test_so_is_one_in_whose_place_libvirtd_answers(tmp_path: Path) -> None:
    touch(tmp_path, "usr/sbin/virtstoraged", "usr/sbin/libvirtd")
    sockets(tmp_path, "libvirt")
    lifecycle = played(VirtstoragedLifecycle, FakeLibvirt(), root=tmp_path)
    assert (
        lifecycle.probe(context("virtstoraged")) == "libvirtd answers in its place: there is no socket of virtstoraged"
    )


def test_so_are_all_where_a_connection_is_named(tmp_path: Path) -> None:
    sockets(tmp_path, "virtstoraged")
    lifecycle = played(VirtstoragedLifecycle, FakeLibvirt(), root=tmp_path)
    assert "test:///default is named" in str(lifecycle.probe(context("virtstoraged", uri="test:///default")))


def test_one_that_answers_is_adopted(tmp_path: Path) -> None:
    sockets(tmp_path, "virtstoraged")
    lifecycle = played(VirtstoragedLifecycle, FakeLibvirt(), root=tmp_path)
    assert lifecycle.probe(context("virtstoraged")) is None
    assert lifecycle.adopt(context("virtstoraged"))


def test_one_that_the_settings_start_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    libvirt = FakeLibvirt("storage:///system")
    libvirt.up = False
    lifecycle = played(VirtstoragedLifecycle, libvirt, root=tmp_path)
    told = context("virtstoraged", start=["virtstoraged --daemon"])
    assert lifecycle.probe(told) is None
    assert not lifecycle.adopt(told)
    lifecycle.initialize(told)
    assert caplog.messages == ["starting virtstoraged --daemon", "libvirt 9.0.0 answers at storage:///system"]
    assert degraded_by(told) == []


def test_the_connection_to_libvirt_is_nobody_s_where_daemons_are_modular(tmp_path: Path) -> None:
    sockets(tmp_path, "virtsecretd", "virtqemud")
    libvirt = FakeLibvirt()
    lifecycle = played(RemoteLifecycle, libvirt, root=tmp_path)
    assert "modular" in str(lifecycle.probe(context("remote")))
    assert libvirt.log == []


def test_the_settings_may_say_that_daemons_are_modular(tmp_path: Path) -> None:
    lifecycle = played(RemoteLifecycle, FakeLibvirt(), root=tmp_path)
    assert lifecycle.probe(context("remote")) is None
    assert "modular" in str(lifecycle.probe(context("remote", modular=True)))


def test_a_driver_whose_daemon_is_not_there_is_skipped_though_nobody_else_answers(tmp_path: Path) -> None:
    libvirt = FakeLibvirt()
    libvirt.up = False
    lifecycle = played(NodedevUdevLifecycle, libvirt, root=tmp_path)
    assert "nodedev:///system" in str(lifecycle.probe(context("nodedev-udev", modular=True)))
    with pytest.raises(RunError, match="nodedev:///system"):
        lifecycle.probe(context("nodedev-udev"))


# One that is down


def test_one_that_is_down_keeps_nothing_else_down(tmp_path: Path, run_driver: RunDriver) -> None:
    sockets(tmp_path, "virtnodedevd")
    libvirt = FakeLibvirt(*SECONDARY)
    daemon = replace(DRIVERS["virtnodedevd"], lifecycle=meeting(VirtnodedevdLifecycle, libvirt, root=tmp_path))
    trial = run_driver(daemon)
    assert trial.state == "ready"
    assert "libvirt does not answer at nodedev:///system" in trial.outcome.degraded
    devices = replace(DRIVERS["nodedev-udev"], lifecycle=meeting(NodedevUdevLifecycle, libvirt, root=tmp_path))
    trial = run_driver(devices)
    assert trial.state == "skipped"
    assert "nodedev:///system" in trial.outcome.reason


def test_a_hypervisor_s_own_that_does_not_come_up_has_failed(tmp_path: Path) -> None:
    sockets(tmp_path, "virtqemud")
    lifecycle = played(VirtqemudLifecycle, FakeLibvirt(*SECONDARY), root=tmp_path)
    with pytest.raises(RunError, match="libvirt does not answer at qemu:///system"):
        lifecycle.initialize(context("virtqemud"))


# The kill


def test_it_is_not_asked_while_it_does_not_run(tmp_path: Path) -> None:
    sockets(tmp_path, "virtqemud")
    libvirt = FakeLibvirt()
    assert not played(VirtqemudLifecycle, libvirt, root=tmp_path).adopt(context("virtqemud"))
    assert libvirt.log == []
    running(tmp_path, "virtqemud")
    assert played(VirtqemudLifecycle, libvirt, root=tmp_path).adopt(context("virtqemud"))


def test_it_waits_for_the_pools_of_running_guests(tmp_path: Path) -> None:
    sockets(tmp_path, "virtqemud")
    web_runs(tmp_path)
    images = Thing("images")
    looks = iter((0, 0, 1))
    images.isActive = lambda: next(looks, 1)  # type: ignore[method-assign]
    libvirt = FakeLibvirt(pools=[images])
    played(VirtqemudLifecycle, libvirt, root=tmp_path).initialize(context("virtqemud", seconds=60))
    opened = [entry for entry in libvirt.log if entry.startswith("open")]
    assert opened == ["open storage:///system"] * 3 + ["open qemu:///system"]


@pytest.mark.parametrize("pools", [[Thing("images")], []])
def test_it_is_not_started_where_they_do_not_come_up(tmp_path: Path, pools: list[Thing]) -> None:
    sockets(tmp_path, "virtqemud")
    web_runs(tmp_path)
    libvirt = FakeLibvirt(pools=pools)
    spawned: list[Any] = []
    lifecycle = played(VirtqemudLifecycle, libvirt, root=tmp_path, spawn=lambda *given: spawned.append(given))
    with pytest.raises(RunError, match=r"virtqemud is not started: it kills running guests .* web on pool images"):
        lifecycle.initialize(context("virtqemud", seconds=0.5, start=["virtqemud"]))
    assert spawned == []
    assert "open qemu:///system" not in libvirt.log


def test_guests_on_files_keep_nobody_waiting(tmp_path: Path) -> None:
    web_runs(tmp_path)
    (tmp_path / "run/libvirt/qemu/web.xml").write_text(STATUS.replace("pool='images' volume='web'", "file='/web'"))
    (tmp_path / "run/libvirt/qemu/odd.xml").write_text("<domstatus")
    assert Daemons(tmp_path).pools_in_use() == {}


def test_a_guest_that_is_started_by_itself_does_not_start_it_either(tmp_path: Path) -> None:
    sockets(tmp_path, "virtqemud")
    web_runs(tmp_path)
    db = guest("db")
    libvirt = FakeLibvirt(domains=[db], pools=[Thing("images")])
    lifecycle = played(DomainLifecycle, libvirt, root=tmp_path, uris=("qemu:///system",), kind=DOMAINS)
    with pytest.raises(RunError, match="virtqemud is not started"):
        lifecycle.adopt(context("domain/db", seconds=0.5))
    assert "open qemu:///system" not in libvirt.log


def test_what_is_read_of_the_host_starts_none(tmp_path: Path) -> None:
    sockets(tmp_path, "virtqemud", "virtlxcd")
    running(tmp_path, "virtlxcd")
    libvirt = FakeLibvirt()
    with everywhere(libvirt, {}, tmp_path) as connections:
        assert [connection.getURI() for connection in connections] == [
            "storage:///system",
            "lxc:///system",
            "xen:///system",
        ]


def test_the_guests_of_one_that_is_not_asked_are_read_from_files(tmp_path: Path) -> None:
    web_runs(tmp_path)
    touch(tmp_path, "etc/libvirt/qemu/autostart/db.xml")
    (tmp_path / "etc/libvirt/qemu/autostart/db.xml").write_text("<domain><name>db</name></domain>")
    assert [element.said("name") for element in Daemons(tmp_path).definitions()] == ["web", "db"]


def test_libvirtd_that_is_started_starts_the_pools_of_running_guests_first(tmp_path: Path) -> None:
    touch(tmp_path, "run/libvirt/storage/autostarted", "run/libvirt/qemu/autostarted")
    web_runs(tmp_path)
    libvirt = FakeLibvirt()
    libvirt.up = False
    lifecycle = played(RemoteLifecycle, libvirt, root=tmp_path)
    lifecycle.initialize(context("remote", start=["libvirtd"]))
    assert not (tmp_path / "run/libvirt/storage/autostarted").exists()
    assert (tmp_path / "run/libvirt/qemu/autostarted").exists()


@pytest.mark.parametrize("runs", [True, False])
def test_where_none_run_or_it_runs_already_nothing_is_touched(tmp_path: Path, *, runs: bool) -> None:
    touch(tmp_path, "run/libvirt/storage/autostarted")
    if runs:
        web_runs(tmp_path)
        running(tmp_path, "libvirtd")
    played(RemoteLifecycle, FakeLibvirt(), root=tmp_path).initialize(context("remote", start=["libvirtd"]))
    assert (tmp_path / "run/libvirt/storage/autostarted").exists()
