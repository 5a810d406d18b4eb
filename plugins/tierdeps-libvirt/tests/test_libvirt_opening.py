"""A stopped daemon takes connections and never answers: the start says so within its time."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from libvirt_played import FakeLibvirt, context, guest, played

from tierdeps import RunError
from tierdeps_libvirt._live_objects import DomainLifecycle, PoolLifecycle, SecretLifecycle
from tierdeps_libvirt.qemu import QemuLifecycle
from tierdeps_libvirt.remote import RemoteLifecycle
from tierdeps_libvirt.secret import SecretLifecycle as SecretDriverLifecycle
from tierdeps_libvirt.virtqemud import VirtqemudLifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps import Lifecycle

RUNNING = "<domstatus><domain><name>a</name><devices><disk><source pool='p'/></disk></devices></domain></domstatus>"


class Stopped(FakeLibvirt):
    """A libvirt that does not answer until it is released; where one is named, only that connection does not."""

    def __init__(self, only: str = "", **more: Any) -> None:
        super().__init__(**more)
        self.only = only
        self.released = Event()

    def open(self, uri: str, /) -> Any:
        if self.only in ("", uri):
            self.released.wait()
        return super().open(uri)


@pytest.fixture
def stopped() -> Iterator[Stopped]:
    """Provide one, and let the threads that wait for it end."""
    libvirt = Stopped(domains=[guest("a")])
    yield libvirt
    libvirt.released.set()


@pytest.mark.parametrize(
    ("lifecycle", "name", "method", "uri"),
    [
        (RemoteLifecycle, "remote", "adopt", "secret:///system"),
        (RemoteLifecycle, "remote", "initialize", "secret:///system"),
        (QemuLifecycle, "qemu", "probe", "qemu:///system"),
        (QemuLifecycle, "qemu", "autostart", "qemu:///system"),
        (DomainLifecycle, "domain/a", "start", "qemu:///system"),
        (PoolLifecycle, "pool/a", "adopt", "storage:///system"),
        (SecretLifecycle, "secret/a", "start", "secret:///system"),
    ],
)
def test_a_stopped_daemon_is_named_as_such_in_time(
    stopped: Stopped, lifecycle: type[Lifecycle], name: str, method: str, uri: str
) -> None:
    with pytest.raises(
        RunError, match=f"^libvirt did not answer at {uri} for 0.2 s: see whether its daemon is stopped"
    ):
        getattr(played(lifecycle, stopped), method)(context(name, seconds=0.2))


def test_a_daemon_that_only_others_need_is_named_too(stopped: Stopped) -> None:
    stopped.only = "storage:///system"
    with pytest.raises(RunError, match=r"^libvirt did not answer at storage:///system for 0.2 s: see whether"):
        played(SecretDriverLifecycle, stopped).initialize(context("secret", seconds=0.2))


def test_a_hypervisor_is_not_started_where_storage_does_not_say_whether_its_pools_are_active(
    stopped: Stopped, tmp_path: Path
) -> None:
    (tmp_path / "run/libvirt/qemu").mkdir(parents=True)
    (tmp_path / "run/libvirt/qemu/a.xml").write_text(RUNNING)
    with pytest.raises(RunError, match=r"^virtqemud is not started: .* and there are a on pool p; start these pools"):
        played(VirtqemudLifecycle, stopped, root=tmp_path).initialize(context("virtqemud", seconds=0.2))


def test_of_a_named_connection_that_does_not_answer_its_name_is_said(stopped: Stopped) -> None:
    with pytest.raises(RunError, match="at test:///default for"):
        played(RemoteLifecycle, stopped).adopt(context("remote", seconds=0.2, uri="test:///default"))


def test_a_daemon_that_answers_is_used_and_its_connection_closed() -> None:
    libvirt = Stopped(domains=[guest("a", active=True)])
    libvirt.released.set()
    assert played(RemoteLifecycle, libvirt).adopt(context("remote"))
    assert played(DomainLifecycle, libvirt).adopt(context("domain/a"))
    assert libvirt.connected == 0
