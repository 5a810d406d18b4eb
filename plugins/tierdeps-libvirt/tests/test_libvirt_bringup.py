"""Objects are brought up: each is tried, what is active is left alone, and what depends on the outside tried again."""

from __future__ import annotations

from errno import ENODEV, ENOENT
from threading import Barrier, Event, Lock
from typing import TYPE_CHECKING, cast

import pytest
from libvirt_played import FakeConnection, FakeLibvirt, PlayedError, Thing, context, guest

from tierdeps import RunError, replace
from tierdeps_libvirt._bringup import BringUp, Pace
from tierdeps_libvirt._kinds import DOMAINS, NETWORKS, POOLS
from tierdeps_libvirt._ready import Ready

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import LogRecord

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Startable
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._tally import Tally

RBD = "<pool type='rbd'/>"
QUICK = replace(DOMAINS, settles=0.2)


def bring_up(kind: Kind, *things: Thing, told: Context | None = None, libvirt: FakeLibvirt | None = None) -> Tally:
    libvirt = libvirt or FakeLibvirt()
    connection = FakeConnection(libvirt, "storage:///system")
    return BringUp(libvirt, connection, kind, told or context()).run(cast("list[Startable]", things))


def names(tally: Tally) -> list[str]:
    return [item.name() for item in tally.started]


def test_what_is_active_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    up, down = Thing("a", active=True), Thing("b")
    tally = bring_up(POOLS, up, down)
    assert (names(tally), tally.failed) == (["b"], {})
    assert (up.log, down.log) == ([], ["create"])
    assert caplog.messages == ["pool a: was active already", "pool b: started"]


def test_one_that_fails_keeps_no_other_from_being_tried() -> None:
    things = Thing("a", refusals=[PlayedError("no such\n folder")]), Thing("b"), Thing("c", refusals=[PlayedError("x")])
    tally = bring_up(POOLS, *things)
    assert names(tally) == ["b"]
    with pytest.raises(RunError, match=r"^pool a: no such folder; pool c: x$"):
        tally.check()


def test_what_is_inside_this_host_is_tried_once() -> None:
    thing = Thing("a", refusals=[PlayedError("bridge name 'virbr0' already in use.")], xml="<network/>")
    assert bring_up(NETWORKS, thing).failed == {"a": "bridge name 'virbr0' already in use."}
    assert thing.log == ["create"]


@pytest.mark.parametrize(
    ("kind", "xml"),
    [
        (POOLS, RBD),
        (POOLS, "<pool type='netfs'/>"),
        (POOLS, "<pool type='iscsi'/>"),
        (NETWORKS, "<network><forward mode='bridge'/></network>"),
        (NETWORKS, "<network><forward mode='nat' dev='eth0'/></network>"),
    ],
)
def test_what_depends_on_the_environment_is_retried_until_it_appears(kind: Kind, xml: str) -> None:
    thing = Thing("a", xml=xml, refusals=[PlayedError("no answer")])
    assert names(bring_up(kind, thing)) == ["a"]
    assert thing.log == ["create"] * 2


def test_it_ends_before_the_time_is_over_and_reports_the_last_problem() -> None:
    thing = Thing("a", xml=RBD, refusals=[PlayedError("no monitor")] * 99)
    tally = bring_up(POOLS, thing, Thing("b"), told=context(seconds=1))
    assert names(tally) == ["b"]
    assert tally.failed["a"].startswith("no monitor (attempts: ")


def test_what_no_other_attempt_can_fix_is_not_tried_again() -> None:
    thing = Thing("a", xml=RBD, refusals=[PlayedError("secret does not have a value", 66)] * 9)
    assert bring_up(POOLS, thing).failed == {"a": "secret does not have a value"}
    assert thing.log == ["create"]


def test_one_that_hangs_is_named_and_keeps_nobody_waiting() -> None:
    let_go = Event()
    stuck = Thing("a", xml=RBD)
    stuck.after = lambda _: cast("None", let_go.wait())
    tally = bring_up(POOLS, stuck, Thing("b"), told=context(seconds=0.5))
    let_go.set()
    assert names(tally) == ["b"]
    assert tally.failed == {"a": "libvirt was still starting it when its time was over"}


def test_one_that_is_being_started_when_the_start_is_stopped_says_so() -> None:
    released = Event()
    hanging, told = Thing("a"), context()

    def stop(_: Thing) -> None:
        told.cancelled = True
        released.wait(60)

    hanging.after = stop
    try:
        tally = bring_up(POOLS, hanging, told=told)
    finally:
        released.set()
    assert tally.failed == {"a": "libvirt was still starting it when the start was stopped"}


def test_each_has_a_time_of_its_own_however_many_have_used_theirs_up() -> None:
    let_go = Event()
    things = [guest(name) for name in ("a", "b", "c", "d")]
    for stuck in things[:3]:
        stuck.after = lambda _: cast("None", let_go.wait())
    tally = bring_up(QUICK, *things, told=context(seconds=0.5))
    let_go.set()
    assert set(tally.failed) == {"a", "b", "c"}
    assert names(tally) == ["d"]


def test_the_phase_is_extended_for_each_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    told, asked = context(seconds=5), list[float]()
    monkeypatch.setattr(told._host, "extend", lambda _, seconds: asked.append(seconds))
    bring_up(QUICK, guest("a"), guest("b"), guest("c"), told=told)
    assert asked == [5, 5, 5]


def test_so_many_are_started_at_a_time_and_no_more() -> None:
    running, most, lock = set[str](), [0], Lock()
    meet = Barrier(3)

    def busy(thing: Thing) -> None:
        with lock:
            running.add(thing.name())
            most[0] = max(most[0], len(running))
        meet.wait(20)  # nobody goes on before three have met
        with lock:
            running.discard(thing.name())

    things = [guest(name) for name in "abcdef"]
    for thing in things:
        thing.after = busy
    libvirt = FakeLibvirt()
    work = BringUp(libvirt, FakeConnection(libvirt, "qemu:///system"), QUICK, context(seconds=60), Pace(jobs=3))
    tally = work.run(cast("list[Startable]", things))
    assert sorted(names(tally)) == list("abcdef")
    assert most == [3]


def test_one_that_comes_after_another_waits_until_that_one_is_ready() -> None:
    order: list[str] = []
    first, second = guest("a"), guest("b")
    first.after = lambda _: order.append("a started")
    second.after = lambda _: order.append("b started")

    class Asked(Ready):
        def missing(self, definition: object) -> str:
            order.append("a asked")
            return "" if order.count("a asked") > 2 else "not yet"

    kind = replace(QUICK, readiness=lambda item: Asked() if item.name() == "a" else None)
    libvirt = FakeLibvirt()
    work = BringUp(libvirt, FakeConnection(libvirt, "qemu:///system"), kind, context(seconds=60), Pace(jobs=4))
    tally = work.run(cast("list[Startable]", [first, second]), {"b": {"a"}})
    assert names(tally) == ["a", "b"]
    assert order == ["a started", "a asked", "a asked", "a asked", "b started"]


def test_one_that_never_gets_ready_runs_and_has_failed() -> None:
    kind = replace(QUICK, readiness=lambda _: Ready(tcp=("127.0.0.1:1",), timeout=0.3))
    tally = bring_up(kind, guest("a"))
    assert tally.failed == {"a": "it runs and is not ready: 127.0.0.1:1 does not answer"}
    assert names(tally) == ["a"]  # it was started here, and may be shut down as such


def test_what_is_not_ready_is_reported_also_if_looking_at_it_takes_too_long() -> None:
    released, looked = Event(), Event()

    class Hanging(Ready):
        def missing(self, definition: Callable[[], Element]) -> str:
            if looked.is_set():
                released.wait(60)
            looked.set()
            return super().missing(definition)

    kind = replace(QUICK, readiness=lambda _: Hanging(tcp=("127.0.0.1:1",), timeout=0.3))
    tally = bring_up(kind, guest("a"))
    released.set()
    assert tally.failed == {"a": "it runs and is not ready: 127.0.0.1:1 does not answer"}
    assert names(tally) == ["a"]


@pytest.mark.parametrize("kind", [DOMAINS, NETWORKS])
def test_a_device_of_the_host_that_comes_late_is_waited_for(kind: Kind) -> None:
    missing = PlayedError("Cannot get interface MTU on 'br9': No such device", 38, number=ENODEV)
    thing = Thing("a", xml="<domain/>", refusals=[missing] * 2)
    assert names(bring_up(kind, thing, told=context(seconds=60))) == ["a"]
    assert thing.log == ["create"] * 3


@pytest.mark.parametrize(
    "device",
    [
        "<hostdev type='usb'/>",
        "<disk type='block'/>",
        "<disk type='nvme'/>",
        "<disk type='vhostvdpa'/>",
        "<interface type='hostdev'/>",
        "<interface type='vdpa'/>",
    ],
)
def test_so_is_one_that_a_guest_is_given_whatever_libvirt_says_of_it(device: str) -> None:
    missing = PlayedError("Unable to open '/dev/vhost-vdpa-0' for vdpa device: No such file or directory")
    thing = Thing("a", xml=f"<domain><devices>{device}</devices></domain>", refusals=[missing])
    assert names(bring_up(QUICK, thing, told=context(seconds=60))) == ["a"]
    assert thing.log == ["create"] * 2


def test_a_file_that_is_missing_does_not_come_late() -> None:
    missing = PlayedError("Cannot access storage file '/img/a': No such file or directory", 38, number=ENOENT)
    assert set(bring_up(QUICK, guest("a", refusals=[missing])).failed) == {"a"}


def test_a_guest_that_waits_for_its_device_keeps_no_place() -> None:
    missing = PlayedError("Cannot get interface MTU on 'br9': No such device", 38, number=ENODEV)
    late, other = guest("a", refusals=[missing] * 99), guest("b")
    other.after = lambda _: late.refusals.clear()
    assert names(bring_up(QUICK, late, other, told=context(seconds=60))) == ["b", "a"]


def test_what_somebody_else_started_meanwhile_is_none_of_ours() -> None:
    thing = Thing("a", xml="<domain/>")

    def quicker() -> int:
        thing.active = True
        raise PlayedError("domain is already running", 55)

    thing.create = quicker  # type: ignore[method-assign]
    tally = bring_up(QUICK, thing)
    assert (names(tally), tally.failed) == ([], {})


def test_one_that_somebody_else_is_starting_is_waited_for() -> None:
    looks = iter((0, 0, 0, 1))
    thing = Thing("a", refusals=[PlayedError("pool 'a' is starting up", 55)])
    thing.isActive = lambda: next(looks, 1)  # type: ignore[method-assign]
    tally = bring_up(POOLS, thing)
    assert (names(tally), tally.failed) == ([], {})


def test_it_waits_until_it_is_active_and_not_only_started() -> None:
    looks = iter((0, 0, 0, 1))
    thing = Thing("a")
    thing.isActive = lambda: next(looks, 1)  # type: ignore[method-assign]
    assert names(bring_up(POOLS, thing)) == ["a"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (3, "it was started and is off again: it crashed"),
        (0, "it was started and is off again: libvirt does not say why"),
    ],
)
def test_a_guest_that_dies_at_once_did_not_start(reason: int, said: str) -> None:
    dying = guest("a")
    dying.reason = reason

    def die(thing: Thing) -> None:
        looks = iter((1, 1))
        thing.isActive = lambda: next(looks, 0)  # type: ignore[method-assign]

    dying.after = die
    assert bring_up(QUICK, dying, guest("b")).failed == {"a": said}


@pytest.mark.parametrize(("state", "said"), [([3, 5], "is paused for an I/O error"), ([6, 0], "has crashed")])
def test_a_guest_that_is_there_and_does_not_run_did_not_start(state: list[int], said: str) -> None:
    broken = guest("a")
    broken.state = lambda: state  # type: ignore[method-assign]
    assert bring_up(QUICK, broken).failed == {"a": f"it was started and {said}"}


def test_a_guest_that_was_saved_paused_is_up() -> None:
    paused = guest("a")
    paused.state = lambda: [3, 7]  # type: ignore[method-assign]
    assert names(bring_up(QUICK, paused)) == ["a"]


def test_nothing_is_tried_on_a_connection_that_is_lost() -> None:
    libvirt = FakeLibvirt()

    def lose(thing: Thing) -> None:
        libvirt.alive = False
        raise PlayedError("End of file while reading data")

    first, second = Thing("a"), Thing("b")
    first.after = lose
    first.isActive = lambda: 0  # type: ignore[method-assign]
    assert bring_up(POOLS, first, second, libvirt=libvirt).failed == {
        "a": "the connection to libvirt was lost: End of file while reading data",
        "b": "it was not tried: the connection to libvirt was lost",
    }
    assert second.log == []


def test_a_stop_ends_the_attempts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    told = context(seconds=60)
    thing = Thing("a", xml=RBD, refusals=[PlayedError("no answer")] * 99)

    def stop(record: LogRecord) -> bool:
        """Cancel the call while the first attempt is reported: its problem is known by then."""
        told.cancelled = "is tried again" in record.getMessage() or told.cancelled
        return True

    told.logger.addFilter(stop)
    try:
        assert bring_up(POOLS, thing, told=told).failed == {"a": "no answer (attempts: 1)"}
    finally:
        told.logger.removeFilter(stop)
