"""Guests come up in the order that they request, and only those that are meant are shut down, and only on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from libvirt_played import FakeLibvirt, PlayedError, Thing, context, guest, played

from tierdeps import RunError, replace
from tierdeps_libvirt._guest_order import in_requested_order
from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt.qemu import QemuLifecycle

if TYPE_CHECKING:
    from tierdeps_libvirt._library import Startable

SECONDS = "a number of seconds, 0 or more, up to 31622400 (a year)"
QUICK = replace(DOMAINS, settles=0.0)


def qemu(libvirt: FakeLibvirt) -> Any:
    return played(QemuLifecycle, libvirt, kind=QUICK)


def host(*guests: Thing) -> tuple[FakeLibvirt, list[str]]:
    """Make a host, and a list of what is done to its guests."""
    done: list[str] = []
    for number, each in enumerate(guests):
        each.number = number
        each.after = lambda thing: done.append(f"create {thing.name()}")
        for verb in ("shutdown", "destroy"):
            setattr(each, verb, _noting(each, verb, getattr(each, verb), done))
    return FakeLibvirt(domains=guests), done


def _noting(thing: Thing, verb: str, act: Any, done: list[str]) -> Any:
    def noted() -> int:
        if done[-1:] != [f"{verb} {thing.name()}"]:  # asked again and again, it is one request
            done.append(f"{verb} {thing.name()}")
        return cast("int", act())

    return noted


def run(libvirt: FakeLibvirt, *, seconds: float = 2.0, **settings: Any) -> None:
    """Start and stop."""
    lifecycle, told = qemu(libvirt), context("qemu", seconds=seconds, **settings)
    if lifecycle.probe(told) is None and not lifecycle.adopt(told):
        try:
            lifecycle.initialize(told)
            lifecycle.autostart(told)
        finally:
            lifecycle.stop(told)
    assert libvirt.connected == 0


def test_only_what_is_marked_is_started() -> None:
    libvirt, done = host(guest("a"), guest("b", marked=False))
    run(libvirt)
    assert done == ["create a"]


def test_guests_come_up_after_those_that_they_request() -> None:
    libvirt, done = host(guest("a", after="c"), guest("b"), guest("c", after="b"))
    run(libvirt)
    assert done == ["create b", "create c", "create a"]


def test_requests_in_a_cycle_are_reported_and_ignored() -> None:
    told: list[str] = []
    guests = [guest("a", after="b"), guest("b", after="a"), guest("c", after="none")]
    order = in_requested_order(cast("list[Startable]", guests), told.append)
    assert [item.name() for item in order] == ["c", "a", "b"]
    assert told == ["the order that a, b request is a cycle, and is ignored"]


def test_guests_are_left_alone_at_stop() -> None:
    libvirt, done = host(guest("a"))
    run(libvirt)
    assert done == ["create a"]


def test_asked_to_it_shuts_down_what_this_run_started_in_reverse() -> None:
    libvirt, done = host(guest("a", after="b"), guest("b"), guest("old", active=True))
    run(libvirt, guests="shutdown")
    assert done == ["create b", "create a", "shutdown a", "shutdown b"]


def test_what_ran_before_is_shut_down_only_where_all_are_meant() -> None:
    passing = guest("passing", marked=False, active=True)
    passing.persistent = False
    guests = guest("old", marked=False, active=True), passing, guest("a", active=True), guest("b", after="a")
    libvirt, done = host(*guests)
    run(libvirt, guests="shutdown-all")
    assert done == ["create b", "shutdown b", "shutdown a", "shutdown old"]


def test_guests_that_all_run_are_adopted_unless_they_are_to_be_shut_down() -> None:
    libvirt, done = host(guest("a", active=True))
    assert qemu(libvirt).adopt(context())
    assert qemu(libvirt).adopt(context(guests="shutdown"))
    assert not qemu(libvirt).adopt(context(guests="shutdown-all"))
    assert done == []


def test_one_that_does_not_go_is_named_and_left_running() -> None:
    deaf = guest("a")
    deaf.deaf = True
    libvirt, done = host(deaf, guest("b"))
    with pytest.raises(RunError) as caught:
        run(libvirt, guests="shutdown", shutdown_timeout=0.2)
    assert str(caught.value) == (
        "domain a: it did not shut down within 0.2 s, and was left running;"
        " with destroy = true in the settings their plug is pulled"
    )
    assert done == ["create a", "create b", "shutdown b", "shutdown a"]


def test_its_plug_is_pulled_only_where_that_is_settled() -> None:
    deaf = guest("a")
    deaf.deaf = True
    libvirt, done = host(deaf)
    run(libvirt, guests="shutdown", shutdown_timeout="0.2", destroy="yes")
    assert done == ["create a", "shutdown a", "destroy a"]


def test_one_that_goes_late_has_gone() -> None:
    late = guest("b")
    late.deaf = True
    other = guest("a")
    libvirt, done = host(other, late)
    ask = other.shutdown

    def both() -> int:
        late.active = False
        return ask()

    other.shutdown = both  # type: ignore[method-assign]
    run(libvirt, guests="shutdown", shutdown_timeout=0.2)
    assert done == ["create a", "create b", "shutdown b", "shutdown a"]


def test_one_that_libvirt_cannot_shut_down_keeps_no_other_from_it() -> None:
    stuck = guest("b")
    libvirt, done = host(guest("a"), stuck)

    def refuse() -> int:
        raise PlayedError("no agent answers")

    stuck.shutdown = refuse  # type: ignore[method-assign]
    with pytest.raises(RunError, match="domain b: no agent answers, and was left running"):
        run(libvirt, guests="shutdown", shutdown_timeout=0.2)
    assert done == ["create a", "create b", "shutdown a"]


def test_guests_started_before_a_failure_are_shut_down_too() -> None:
    libvirt, done = host(guest("a"), guest("b", refusals=[PlayedError("no such disk")]))
    run(libvirt, guests="shutdown")
    assert done == ["create a", "shutdown a"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"guests": "stop"}, "the setting guests: expected leave, shutdown or shutdown-all, got 'stop'"),
        ({"shutdown_timeout": "soon"}, f"the setting shutdown_timeout: expected {SECONDS}, got 'soon'"),
        ({"shutdown_timeout": -1}, f"the setting shutdown_timeout: expected {SECONDS}, got -1"),
        ({"shutdown_timeout": "inf"}, f"the setting shutdown_timeout: expected {SECONDS}, got 'inf'"),
        ({"shutdown_timeout": float("nan")}, f"the setting shutdown_timeout: expected {SECONDS}, got nan"),
        ({"destroy": "perhaps"}, "the setting destroy: expected true or false, got 'perhaps'"),
    ],
)
def test_settings_that_mean_nothing_are_refused_before_anything_starts(settings: dict[str, Any], said: str) -> None:
    libvirt, done = host(guest("a"))
    with pytest.raises(RunError) as caught:
        run(libvirt, **settings)
    assert (str(caught.value), done) == (said, [])


def test_guests_of_another_hypervisor_are_another_drivers() -> None:
    libvirt = FakeLibvirt(domains=[guest("a")])
    reason = qemu(libvirt).probe(context(uri="lxc:///system"))
    assert reason == "the connection lxc:///system is of type LXC, whose guests are another driver's"


def test_a_stop_after_the_daemon_came_back_connects_again() -> None:
    libvirt, done = host(guest("a"))
    lifecycle, told = qemu(libvirt), context("qemu", guests="shutdown")
    lifecycle.initialize(told)
    lifecycle.autostart(told)
    libvirt.alive = False
    lifecycle.stop(told)
    assert done == ["create a", "shutdown a"]
    assert libvirt.connected == 0
