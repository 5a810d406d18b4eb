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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Lifecycle


class Stopped(FakeLibvirt):
    """A libvirt that does not answer until it is released."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.released = Event()

    def open(self, uri: str, /) -> Any:
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


def test_of_a_named_connection_that_does_not_answer_its_name_is_said(stopped: Stopped) -> None:
    with pytest.raises(RunError, match="at test:///default for"):
        played(RemoteLifecycle, stopped).adopt(context("remote", seconds=0.2, uri="test:///default"))


def test_a_daemon_that_answers_is_used_and_its_connection_closed() -> None:
    libvirt = Stopped(domains=[guest("a", active=True)])
    libvirt.released.set()
    assert played(RemoteLifecycle, libvirt).adopt(context("remote"))
    assert played(DomainLifecycle, libvirt).adopt(context("domain/a"))
    assert libvirt.connected == 0
