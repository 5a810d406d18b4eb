"""The checks of drivers of many objects: what went down is started again, or degrades the driver."""

from __future__ import annotations

import pytest
from libvirt_played import FakeLibvirt, PlayedError, Thing, guest
from libvirt_watched import (
    CRASHED,
    FAILED,
    SHUT_DOWN,
    Watched,
    down,
)


@pytest.mark.parametrize("adopted", [False, True])
def test_a_driver_of_many_objects_is_degraded_by_one_that_went_down(adopted: bool) -> None:
    guests = [guest(name, active=adopted) for name in ("app", "db", "web")]
    watched = Watched("qemu", FakeLibvirt(domains=guests), guests="shutdown")
    down(guests[1])
    assert [watched.look(), watched.host.reasons] == ["", []], "once is not enough"
    assert [watched.look(), watched.host.reasons] == ["", ["domain db: it was destroyed"]]
    down(guests[2], CRASHED)
    for _ in range(3):
        watched.look()
    assert watched.host.reasons == ["domain db: it was destroyed", "domain web: it crashed"]
    assert guests[0].active, "the others run on"
    guests[1].active = True
    watched.look()
    down(guests[1], FAILED)
    for _ in range(3):
        watched.look()
    assert watched.host.reasons[2:] == ["domain db: it failed to start"]


def test_a_reload_reports_what_is_still_down() -> None:
    guests = [guest(name) for name in ("app", "db", "web")]
    broken = guest("broken", refusals=[PlayedError("no such disk")])
    watched = Watched("qemu", FakeLibvirt(domains=[*guests, broken]))
    down(guests[1])
    down(guests[2])
    for _ in range(2):
        watched.look()
    guests[2].active = True
    watched.host.reasons.clear()
    watched.lifecycle.reload(watched.call)
    assert watched.host.reasons == ["domain broken: no such disk", "domain db: it was destroyed"]


def test_of_many_objects_those_are_started_again_that_may_be(caplog: pytest.LogCaptureFixture) -> None:
    crashed, off = guest("crashed"), guest("off")
    watched = Watched("qemu", FakeLibvirt(domains=[crashed, off]), restart="on-failure", guests="shutdown")
    down(crashed, CRASHED)
    down(off, SHUT_DOWN)
    watched.look()
    watched.look()
    assert (crashed.log, off.log) == (["create", "create"], ["create"])
    assert watched.host.reasons == ["domain off: it shut down"]
    assert "domain crashed: it crashed; restart 1 of 5" in caplog.text
    watched.lifecycle.stop(watched.call)
    assert crashed.log == ["create", "create", "shutdown"]


@pytest.mark.parametrize(("driver", "noun"), [("storage", "pool"), ("networks", "network")])
def test_pools_and_networks_that_went_down_are_started_again(driver: str, noun: str) -> None:
    one, other = Thing("one", active=True), Thing("other", active=True, refusals=[PlayedError("no such device")])
    watched = Watched(driver, FakeLibvirt(**{f"{noun}s": [one, other]}))  # type: ignore[arg-type]
    down(one)
    down(other)
    watched.look()
    watched.look()
    assert (one.active, other.active) == (True, False)
    assert watched.host.reasons == [f"{noun} other: no such device"]


def test_objects_that_never_came_up_are_not_looked_for() -> None:
    broken = guest("broken", refusals=[PlayedError("no such disk")])
    watched = Watched("qemu", FakeLibvirt(domains=[broken, guest("web")]), restart="always")
    for _ in range(4):
        assert watched.look() == ""
    assert broken.log == ["create"]
