"""Objects that are up are checked: what went down is started again or lost, and a silent libvirt loses nothing."""

from __future__ import annotations

import asyncio
from threading import enumerate as enumerate_threads
from typing import TYPE_CHECKING, Any

import pytest
from libvirt_played import FakeLibvirt, PlayedError, Thing, context, guest, played
from libvirt_watched import (
    BY_DAEMON,
    BY_ITS_USER,
    CRASHED,
    DESTROYED,
    FAILED,
    IO_ERROR,
    LIFECYCLES,
    MIGRATED,
    SHUT_DOWN,
    Watched,
    down,
)

from tierdeps import RunError
from tierdeps_libvirt import _live_objects as live
from tierdeps_libvirt._connection import may_ask
from tierdeps_libvirt._health import CheckSettings
from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt._monitor import monitor_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierdeps_libvirt._object.PAUSE_S", 0.0)


@pytest.mark.parametrize("adopted", [False, True])
@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (SHUT_DOWN, "it shut down"),
        (DESTROYED, "it was destroyed"),
        (CRASHED, "it crashed"),
        (MIGRATED, "it was migrated to another host"),
        (0, "it is off, and libvirt does not say why"),
    ],
)
def test_a_guest_that_does_not_run_any_more_fails_its_check(adopted: bool, reason: int, why: str) -> None:
    web = guest("web", active=adopted)
    watched = Watched("domain/web", FakeLibvirt(domains=[web]))
    assert watched.adopted is adopted
    assert watched.look() == ""
    down(web, reason)
    assert watched.look() == why
    web.active = True
    assert watched.look() == ""


@pytest.mark.parametrize(
    ("restart", "reason", "starts"),
    [
        ("no", CRASHED, False),
        ("on-failure", CRASHED, True),
        ("on-failure", FAILED, True),
        ("on-failure", BY_DAEMON, True),
        ("on-failure", SHUT_DOWN, False),
        ("on-failure", DESTROYED, False),
        ("on-failure", 0, False),
        ("always", SHUT_DOWN, True),
        ("always", DESTROYED, True),
        ("always", MIGRATED, False),
    ],
)
def test_the_policy_says_which_guests_are_started_again(restart: str, reason: int, starts: bool) -> None:
    web = guest("web", active=True)
    watched = Watched("domain/web", FakeLibvirt(domains=[web]), restart=restart)
    down(web, reason)
    assert watched.look()
    assert watched.recover() is starts
    assert (web.active, web.log) == (starts, ["create"] if starts else [])
    assert len(watched.host.restarted) == (2 if starts else 0)
    assert not watched.host.losses


def test_a_guest_is_lost_by_default_and_nothing_is_started() -> None:
    web = guest("web", active=True)
    watched = Watched("domain/web", FakeLibvirt(domains=[web]))
    down(web, CRASHED)
    watched.look()
    assert not watched.recover()


@pytest.mark.parametrize("driver", ["domain/web", "qemu"])
def test_a_guest_that_is_going_down_is_judged_once_it_is_off(driver: str) -> None:
    web = guest("web", active=True)
    watched = Watched(driver, FakeLibvirt(domains=[web]), restart="on-failure")
    down(web, 0)
    web.off = 4
    for _ in range(4):
        assert watched.look() == ("it is being shut down" if "/" in driver else "")
    assert (web.log, watched.host.reasons) == ([], [])
    web.off, web.reason = 5, CRASHED
    assert watched.look() == ("it crashed" if "/" in driver else "")
    assert "/" not in driver or watched.recover()
    assert web.active


def test_a_guest_that_is_up_again_when_it_would_be_started_is_left_alone() -> None:
    web = guest("web", active=True)
    watched = Watched("domain/web", FakeLibvirt(domains=[web]), restart="always")
    down(web)
    watched.look()
    web.active = True
    assert watched.recover()
    assert (web.log, watched.host.restarted) == ([], [None])


def test_a_guest_without_a_definition_cannot_be_started_again() -> None:
    assert DOMAINS.ending(guest("web")).can_start
    passing = guest("web")
    passing.persistent = False
    assert not CheckSettings(restart="always").may_start(DOMAINS.ending(passing))


def test_a_guest_that_has_no_definition_any_more_is_lost() -> None:
    libvirt = FakeLibvirt(domains=[guest("web", active=True)])
    watched = Watched("domain/web", libvirt, restart="always")
    libvirt.domains.clear()
    assert watched.look() == "libvirt no longer has it"
    assert not watched.recover()


@pytest.mark.parametrize("noun", ["pool", "network"])
@pytest.mark.parametrize(("restart", "starts"), [("", True), ("no", False), ("always", True)])
def test_a_pool_or_network_that_is_not_active_is_started_again_by_default(
    noun: str, restart: str, starts: bool
) -> None:
    settings = {"restart": restart} if restart else {}
    thing = Thing("a", active=True)
    watched = Watched(f"{noun}/a", FakeLibvirt(**{f"{noun}s": [thing]}), **settings)  # type: ignore[arg-type]
    down(thing)
    assert watched.look() == "it is not active"
    assert watched.recover() is starts
    assert thing.active is starts
    assert watched.host.restarted == (["it is not active; restart 1 of 5", None] if starts else [])


def test_what_does_not_start_again_is_lost_after_some_attempts() -> None:
    images = Thing("images", active=True, refusals=[PlayedError("no such folder") for _ in range(100)])
    watched = Watched("pool/images", FakeLibvirt(pools=[images]))
    down(images)
    watched.look()
    assert watched.recover()
    assert images.log == ["create"] * 5
    assert watched.host.losses == ["pool images: no such folder (restarted 5 times)"]


def test_what_goes_down_again_and_again_is_lost_too() -> None:
    web = guest("web", active=True)
    watched = Watched("domain/web", FakeLibvirt(domains=[web]), restart="always")
    for _ in range(5):
        down(web, CRASHED)
        watched.look()
        assert watched.recover()
    down(web, CRASHED)
    watched.look()
    assert not watched.recover()
    assert web.log == ["create"] * 5


def test_a_guest_that_its_user_paused_works_and_one_that_is_paused_for_an_error_does_not() -> None:
    web = guest("web")
    watched = Watched("domain/web", FakeLibvirt(domains=[web]), guests="shutdown", destroy=True, restart="always")
    web.paused, web.reason = True, BY_ITS_USER
    assert watched.look() == ""
    web.reason = IO_ERROR
    assert watched.look() == "it is paused for an I/O error"
    assert not watched.recover()
    watched.lifecycle.stop(watched.call)
    assert web.log == ["create"], "it may be resumed, so it is neither shut down nor destroyed"


def test_a_guest_that_was_started_again_is_shut_down_like_the_others() -> None:
    web = guest("web")
    watched = Watched("domain/web", FakeLibvirt(domains=[web]), guests="shutdown", restart="always")
    down(web)
    watched.look()
    watched.recover()
    watched.lifecycle.stop(watched.call)
    assert web.log == ["create", "create", "shutdown"]


def test_a_libvirt_that_is_restarted_is_asked_over_another_connection() -> None:
    web = guest("web")
    libvirt = FakeLibvirt("test:///a", domains=[web])
    watched = Watched("domain/web", libvirt, uri="test:///a")
    watched.look()
    for _ in range(3):
        libvirt.restart()
        assert watched.look() == ""
    down(web)
    assert watched.look() == "it was destroyed"


@pytest.mark.parametrize("driver", ["domain/web", "qemu"])
def test_a_libvirt_that_does_not_answer_loses_nothing_and_is_reported_once(
    driver: str, caplog: pytest.LogCaptureFixture
) -> None:
    web = guest("web", active=True)
    libvirt = FakeLibvirt("test:///b", domains=[web])
    watched = Watched(driver, libvirt, uri="test:///b", check_failures=1)
    assert watched.look() == ""
    caplog.set_level("INFO")
    libvirt.up = False
    for _ in range(3):
        assert watched.look().startswith("unknown: libvirt does not answer at test:///b: ")
    down(web, CRASHED)
    libvirt.up = True
    assert watched.look() == ("it crashed" if "/" in driver else "")
    watched.look()
    said = [text for text in caplog.messages if "answer" in text]
    assert [" does not answer at test:///b" in said[0], "libvirt answers again at test:///b" in said[1]] == [True, True]
    assert len(said) == 2


def test_a_libvirt_that_hangs_keeps_one_thread_and_no_check() -> None:
    web = guest("web", active=True)
    libvirt = FakeLibvirt("test:///d", domains=[web])
    watched = Watched("domain/web", libvirt, uri="test:///d")
    watched.look()
    libvirt.hang()
    watched.call.timeout = watched.call.deadline = 0.05
    for _ in range(20):
        assert watched.look().startswith("unknown: libvirt does not answer at test:///d: it did not answer for ")
    # by its name: those of other tests end when they were idle for long
    assert [thread.name for thread in enumerate_threads()].count("tierdeps checks test:///d") == 1
    assert not monitor_of(watched.lifecycle.library(), "test:///d", watched.lifecycle.root)._open[("listAllDomains",)]
    down(web)  # first, for the question that hangs is answered with what is then so
    libvirt.go_on()
    watched.call.timeout = watched.call.deadline = 5.0
    assert watched.look() == "it was destroyed"


#: The sockets and daemons of a host, and the addresses at which a check may ask.
HOSTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, bool]]] = {
    "libvirtd": (("libvirt",), ("libvirtd",), {"qemu": True, "storage": True}),
    "libvirtd that would be started": (("libvirt",), (), {"qemu": False, "storage": False}),
    "modular": (("virtqemud", "virtstoraged"), ("virtqemud", "virtstoraged"), {"qemu": True, "storage": True}),
    "modular that would be started": (("virtqemud", "virtstoraged"), (), {"qemu": False, "storage": True}),
    "modular with a proxy": (("virtqemud", "libvirt"), ("virtqemud", "virtproxyd"), {"qemu": True}),
    "none": ((), (), {"qemu": True, "storage": True}),
}


@pytest.mark.parametrize("name", HOSTS)
def test_a_check_starts_no_daemon_that_would_look_for_its_guests(tmp_path: Path, name: str) -> None:
    sockets, running, expected = HOSTS[name]
    for folder in ("run/libvirt", "proc/7"):
        (tmp_path / folder).mkdir(parents=True)
    for socket in sockets:
        (tmp_path / f"run/libvirt/{socket}-sock").touch()
    for daemon in running:
        (tmp_path / f"run/{daemon}.pid").write_text("7\n")
    assert {uri: may_ask(f"{uri}:///system", tmp_path) for uri in expected} == expected
    assert may_ask("test:///default", tmp_path)
    assert may_ask("qemu+ssh://elsewhere/system", tmp_path)


def test_a_daemon_that_does_not_run_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "run/libvirt").mkdir(parents=True)
    web = guest("web", active=True)
    libvirt = FakeLibvirt(domains=[web])
    watched = Watched("domain/web", libvirt, uri="qemu:///system")
    type(watched.lifecycle).root = tmp_path
    (tmp_path / "run/libvirt/libvirt-sock").touch()
    libvirt.log.clear()
    why = "its daemon does not run, and a check does not start it"
    assert watched.look() == f"unknown: libvirt does not answer at qemu:///system: {why}"
    assert libvirt.log == []


def test_a_thousand_guests_cost_as_many_questions_as_one() -> None:
    guests = [guest(f"g{number}", active=True) for number in range(1000)]
    libvirt = FakeLibvirt("test:///c", domains=guests)

    async def main() -> None:
        checks = []
        for one in guests:
            lifecycle, call = played(live.DomainLifecycle, libvirt), context(f"domain/{one.name()}", uri="test:///c")
            lifecycle.probe(call)
            lifecycle.place = "test:///c", one.name()
            checks.append(lifecycle.check(call))
        libvirt.log.clear()
        await asyncio.gather(*checks)

    asyncio.run(main())
    assert len(libvirt.asked) == 2, "those that are active, and those of them that are paused"
    assert libvirt.log == ["open test:///c"]


@pytest.mark.parametrize("driver", ["domain/web", "qemu"])
def test_the_settings_say_how_often_objects_are_checked(driver: str) -> None:
    base, more = LIFECYCLES[driver.partition("/")[0]]
    libvirt = FakeLibvirt(domains=[guest("web")])
    cases: tuple[tuple[dict[str, Any], tuple[float, int, float]], ...] = (
        ({}, (10.0, 2, 5.0)),
        ({"check_every": "60", "check_failures": 3}, (60.0, 3, 5.0)),
        ({"check_every": 1}, (1.0, 2, 0.5)),
        ({"check_every": 0}, (0.0, 2, 0.0)),
    )
    for settings, limits in cases:
        lifecycle = played(base, libvirt, **more)
        lifecycle.probe(context(driver, **settings))
        assert (lifecycle.check_every, lifecycle.check_failures, lifecycle.check_timeout) == limits


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("check_every", "often"),
        ("check_failures", 0),
        ("restart", "sometimes"),
        ("check_every", -1),
        ("facts_timeout", "soon"),
    ],
)
@pytest.mark.parametrize("driver", ["domain/web", "pool/a", "qemu", "storage"])
def test_settings_that_cannot_be_fail_the_driver(driver: str, name: str, value: Any) -> None:
    base, more = LIFECYCLES[driver.partition("/")[0]]
    with pytest.raises(RunError, match=f"^the setting {name}: expected"):
        played(base, FakeLibvirt(), **more).probe(context(driver, **{name: value}))


@pytest.mark.parametrize("driver", ["domain/web", "storage"])
def test_a_connection_to_each_host_needs_drivers_with_hosts(driver: str) -> None:
    base, more = LIFECYCLES[driver.partition("/")[0]]
    call = context(driver, uri="qemu+tls://{host}/system")
    lifecycle = played(base, FakeLibvirt(), **more)
    with pytest.raises(RunError, match=r"^the setting uri: 'qemu\+tls://\{host\}/system' needs the host of a driver"):
        lifecycle.probe(call) or lifecycle.start(call)


@pytest.mark.parametrize("driver", ["storage", "pool/images"])
def test_a_stop_starts_nothing_more(driver: str) -> None:
    refusals = [PlayedError("no answer") for _ in range(1000)]
    images = Thing("images", active=True, xml="<pool type='rbd'/>", refusals=refusals)
    watched = Watched(driver, FakeLibvirt(pools=[images]))
    down(images)

    async def main() -> None:
        if driver == "storage":
            for _ in range(2):
                await watched.lifecycle.check(watched.call)
        else:
            with pytest.raises(RunError):
                await watched.lifecycle.check(watched.call)
            await watched.lifecycle.recover(watched.call)
        await asyncio.to_thread(watched.lifecycle.stop, watched.call)

    asyncio.run(main())
    tried = len(images.log)
    watched.settle()
    assert (len(images.log), watched.host.losses) == (tried, [])
