"""Guests that somebody shut down since this boot are not started again, unless all are wanted."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any, cast

import pytest
from libvirt_played import FakeLibvirt, context, guest, played

from tierdeps import replace
from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt._live_objects import DomainLifecycle
from tierdeps_libvirt._memory import LEFT_OFF, Memory
from tierdeps_libvirt.qemu import QemuLifecycle

if TYPE_CHECKING:
    from pathlib import Path

    from libvirt_played import Thing

    from tierdeps_libvirt._library import Startable

QUICK = replace(DOMAINS, settles=0.0)
CRASHED, UNKNOWN, DESTROYED, DAEMON = 3, 0, 2, 8


@pytest.fixture
def root(tmp_path: Path) -> Path:
    boot(tmp_path, "one")
    return tmp_path


def boot(root: Path, number: str) -> None:
    file = root / "proc/sys/kernel/random/boot_id"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{number}\n")


@pytest.fixture(autouse=True)
def own_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be anybody, whose files are in a folder of the test."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(root / "run"))


def start(root: Path, libvirt: FakeLibvirt, *, stop: bool = False, **settings: Any) -> None:
    """Start the guests of a host that are marked, driver by driver."""
    lifecycle = played(QemuLifecycle, libvirt, kind=QUICK, root=root)
    told = context("qemu", **settings)
    if not lifecycle.adopt(told):
        lifecycle.initialize(told)
        lifecycle.autostart(told)
    if stop:
        lifecycle.stop(told)


def start_object(root: Path, libvirt: FakeLibvirt, name: str, **settings: Any) -> str | None:
    """Start one guest, as an object; return why it is skipped."""
    lifecycle = played(DomainLifecycle, libvirt, kind=QUICK, root=root)
    told = context(f"domain/{name}", **settings)
    skipped: str | None = lifecycle.probe(told)
    if skipped is None and not lifecycle.adopt(told):
        lifecycle.start(told)
    return skipped


def off(thing: Thing, reason: int = 1) -> None:
    thing.active, thing.reason = False, reason


def test_a_guest_that_was_shut_down_stays_off(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    web, db = guest("web"), guest("db")
    libvirt = FakeLibvirt(domains=[web, db])
    start(root, libvirt)
    assert web.active
    off(web)
    off(db, CRASHED)
    start(root, libvirt)
    assert (web.active, db.active) == (False, True)
    assert f"domain web: {LEFT_OFF}" in caplog.messages


@pytest.mark.parametrize("reason", [DESTROYED, UNKNOWN])
def test_so_does_one_that_was_destroyed_or_of_which_the_reason_is_unknown(root: Path, reason: int) -> None:
    web = guest("web")
    start(root, FakeLibvirt(domains=[web]))
    off(web, reason)
    start(root, FakeLibvirt(domains=[web, guest("other")]))
    assert not web.active


@pytest.mark.parametrize("reason", [CRASHED, DAEMON, 6])
def test_one_that_nobody_shut_down_is_started_again(root: Path, reason: int) -> None:
    web = guest("web")
    start(root, FakeLibvirt(domains=[web]))
    off(web, reason)
    start(root, FakeLibvirt(domains=[web]))
    assert web.active


def test_all_of_them_are_started_where_that_is_wanted(root: Path) -> None:
    web = guest("web")
    start(root, FakeLibvirt(domains=[web]))
    off(web)
    start(root, FakeLibvirt(domains=[web]), all=True)
    assert web.active


def test_another_boot_starts_all(root: Path) -> None:
    web = guest("web")
    start(root, FakeLibvirt(domains=[web]))
    off(web)
    boot(root, "two")
    start(root, FakeLibvirt(domains=[web]))
    assert web.active


def test_one_that_never_ran_here_is_started(root: Path) -> None:
    web, new = guest("web"), guest("new")
    start(root, FakeLibvirt(domains=[web]))
    start(root, FakeLibvirt(domains=[web, new]))
    assert new.active


def test_who_is_left_off_does_not_keep_the_others_from_being_adopted(root: Path) -> None:
    web, db = guest("web"), guest("db")
    libvirt = FakeLibvirt(domains=[web, db])
    start(root, libvirt)
    off(web)
    assert played(QemuLifecycle, libvirt, kind=QUICK, root=root).adopt(context("qemu"))


def test_who_was_up_already_is_remembered_too(root: Path) -> None:
    web, db = guest("web", active=True), guest("db", active=True)
    libvirt = FakeLibvirt(domains=[web, db])
    start(root, libvirt)
    off(web)
    start(root, libvirt)
    assert not web.active


def test_who_was_shut_down_by_this_program_is_started_the_next_time(root: Path) -> None:
    web = guest("web")
    libvirt = FakeLibvirt(domains=[web])
    start(root, libvirt, stop=True, guests="shutdown")
    assert not web.active
    start(root, libvirt)
    assert web.active


def test_an_object_is_skipped_with_the_reason(root: Path) -> None:
    web = guest("web")
    libvirt = FakeLibvirt(domains=[web])
    assert start_object(root, libvirt, "web") is None
    off(web)
    assert start_object(root, libvirt, "web") == LEFT_OFF
    assert not web.active
    assert start_object(root, libvirt, "web", all=True) is None
    assert web.active


def test_an_object_that_was_up_already_is_remembered(root: Path) -> None:
    web = guest("web", active=True)
    libvirt = FakeLibvirt(domains=[web])
    assert start_object(root, libvirt, "web") is None
    off(web)
    assert start_object(root, libvirt, "web") == LEFT_OFF


def test_guests_of_another_host_are_nobody_s_business(root: Path) -> None:
    assert Memory.of("qemu+ssh://root@host/system", root).file is None
    assert Memory.of("qemu:///system", root).file is not None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"boot": "one"}', '{"boot": "one", "ran": 3}', "\udcff"])
def test_a_file_that_says_nothing_is_as_none(root: Path, content: str) -> None:
    memory = Memory.of("qemu:///system", root)
    memory.ran([cast("Startable", guest("web"))])
    assert memory.file is not None
    memory.file.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert memory.left_off([cast("Startable", guest("web"))], context("qemu")) == []


def test_many_may_remember_at_once(root: Path) -> None:
    memory = Memory.of("qemu:///system", root)
    guests = [cast("Startable", guest(f"g{number}")) for number in range(20)]
    threads = [Thread(target=memory.ran, args=([one],)) for one in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.left_off(guests, context("qemu")) == guests
