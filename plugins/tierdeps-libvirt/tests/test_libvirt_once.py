"""A mark for one boot is cleared once its guest was started, and not before."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from libvirt_played import NO_SUPPORT, FakeLibvirt, PlayedError, Thing, context, degraded_by, played

from tierdeps import RunError, replace
from tierdeps_libvirt import _live_objects as live
from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt.qemu import QemuLifecycle


class Domain(live.DomainLifecycle):
    kind = replace(DOMAINS, settles=0.0)


class Qemu(QemuLifecycle):
    kind = replace(DOMAINS, settles=0.0)


class Once(Thing):
    """A guest of a binding that knows the mark; ``problem`` is what changing it ends in."""

    def __init__(self, *, once: bool = True, problem: PlayedError | None = None, **more: Any) -> None:
        super().__init__("a", marked=False, xml="<domain/>", **more)
        self.once, self.problem = once, problem

    def autostartOnce(self) -> int:  # noqa: N802 - libvirt's name
        if self.problem is not None and self.problem.code == NO_SUPPORT:
            raise self.problem
        return int(self.once)

    def setAutostartOnce(self, autostart: int) -> int:  # noqa: N802 - libvirt's name
        self.log.append(f"once {autostart}")
        if self.problem is not None:
            raise self.problem
        self.once = bool(autostart)
        return 0


def start(guest: Thing) -> None:
    """Do what a run does."""
    lifecycle, told = played(Domain, FakeLibvirt(domains=[guest])), context("domain/a")
    if not lifecycle.adopt(told):
        lifecycle.start(told)


def test_a_guest_that_was_started_loses_its_mark_for_one_boot() -> None:
    guest = Once()
    start(guest)
    assert guest.log == ["create", "once 0"]
    assert not guest.once


def test_a_guest_without_that_mark_is_not_changed() -> None:
    guest = Once(once=False)
    start(guest)
    assert guest.log == ["create"]


def test_a_guest_that_runs_already_keeps_its_mark_for_the_boot_to_come() -> None:
    guest = Once(active=True)
    start(guest)
    assert guest.log == []


def test_a_guest_that_did_not_start_keeps_its_mark() -> None:
    guest = Once(refusals=[PlayedError("no memory")])
    with pytest.raises(RunError, match="no memory"):
        start(guest)
    assert guest.log == ["create"]


def test_a_guest_that_another_program_started_meanwhile_keeps_its_mark() -> None:
    class Overtaken(Once):
        def create(self) -> int:
            self.active = True
            return super().create()

    guest = Overtaken()
    start(guest)
    assert guest.log == ["create"]


def test_a_guest_that_runs_and_does_not_get_ready_loses_its_mark() -> None:
    guest = Once()
    guest.xml = (
        "<domain><metadata><t:ready xmlns:t='urn:tierdeps:libvirt:1' agent='yes' timeout='0.1'/></metadata></domain>"
    )
    with pytest.raises(RunError, match=r"^domain a: "):
        start(guest)
    assert guest.log == ["create", "once 0"]


@pytest.mark.parametrize("guest", [Thing("a", xml="<domain/>"), Once(problem=PlayedError("unknown", NO_SUPPORT))])
def test_nothing_is_cleared_where_the_binding_or_the_daemon_lacks_the_mark(guest: Thing) -> None:
    start(guest)
    assert guest.log == ["create"]


def test_a_mark_that_cannot_be_cleared_is_a_warning_and_the_guest_runs(caplog: pytest.LogCaptureFixture) -> None:
    guest = Once(problem=PlayedError("read-only\nfile system"))
    with caplog.at_level(logging.WARNING):
        start(guest)
    assert guest.active
    (record,) = caplog.records
    assert record.getMessage() == (
        "domain a: it starts again at the next boot, since its mark for one boot was not cleared: read-only file "
        "system; clear it with: virsh autostart --once --disable a"
    )


def test_such_guests_count_as_marked_where_a_driver_starts_them_all() -> None:
    guest, other = Once(), Once(once=False)
    other._name = "b"
    lifecycle, told = played(Qemu, FakeLibvirt(domains=[guest, other])), context("qemu")
    assert not lifecycle.adopt(told)
    lifecycle.initialize(told)
    lifecycle.autostart(told)
    lifecycle.stop(told)
    assert guest.log == ["create", "once 0"]
    assert other.log == []


def test_a_driver_leaves_the_mark_of_a_guest_that_runs_already_and_of_one_that_fails() -> None:
    running, failing = Once(active=True), Once(refusals=[PlayedError("no memory")])
    failing._name = "b"
    lifecycle, told = played(Qemu, FakeLibvirt(domains=[running, failing])), context("qemu")
    lifecycle.initialize(told)
    lifecycle.autostart(told)
    lifecycle.stop(told)
    assert running.log == []
    assert failing.log == ["create"]
    assert degraded_by(told) == ["domain b: no memory"]
