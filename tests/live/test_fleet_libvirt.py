"""graphs/fleet-libvirt.toml on three machines: started in order, one lost and brought back, stopped in reverse."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.live.fleet.run import LONG_S, UP, Run
from tests.live.fleet.site import LEASE, Site
from tests.live.host import refusal
from tests.live.host.world import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.live.host.processes import Process

pytestmark = pytest.mark.live

HOSTS = ("kvm1", "kvm2", "kvm3")
OTHERS, LOST = HOSTS[:2], HOSTS[2]
CEPH, LIBVIRT = ("mon", "osd"), ("secret", "network", "pool", "qemu", "guests")
KINDS = (*CEPH, *LIBVIRT)
PROCESSES = {"ceph-mon", "ceph-osd", "qemu-system-x86"}


def drivers(*hosts: str, kinds: Iterable[str] = KINDS) -> list[str]:
    return [f"{kind}@{host}" for kind in kinds for host in hosts]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Make three machines with a worker each; all is down."""
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)
    pytest.importorskip("distributed")
    with Site() as made:
        yield made


@pytest.fixture(scope="module")
def run(site: Site) -> Iterator[Run]:
    """Start the graph once for all tests, and have all of it up."""
    for name in HOSTS:
        site.machines[name].until_registered()
    started = Run(site.start())
    try:
        started.until_up(drivers(*HOSTS))
        yield started
    finally:
        if started.goes_on:
            site.tierdeps("stop")
        started.ended()


def guests(site: Site, *hosts: str) -> dict[str, Process]:
    return {name: process for host in hosts for name, process in site.machines[host].guests().items()}


def names(site: Site, *hosts: str) -> set[str]:
    return {name for host in hosts for name in site.machines[host].names}


def test_it_starts_in_order_over_all_hosts(site: Site, run: Run) -> None:
    assert guests(site, *HOSTS).keys() == names(site, *HOSTS)
    assert run.states["mgr"] == "skipped"
    monitors = sorted(run.at(name, "ready") for name in drivers(*HOSTS, kinds=["mon"]))
    disks = drivers(*HOSTS, kinds=["osd"])
    assert monitors[1] <= min(run.at(name, "starting") for name in disks)  # the quorum
    barrier = max(run.at(name, "ready") for name in disks)
    assert barrier <= min(run.at(name, "starting") for name in drivers(*HOSTS, kinds=LIBVIRT))
    for host in HOSTS:
        # the worker of the host has stated the fact that its pool has a key
        assert run.at(f"secret@{host}", "ready") <= run.began(f"pool@{host}", "autostart")
        needed = max(run.at(f"{kind}@{host}", "ready") for kind in ("network", "pool", "qemu"))
        assert needed <= run.at(f"guests@{host}", "starting")


def test_a_machine_without_power_takes_nothing_from_the_others_and_comes_back(site: Site, run: Run) -> None:
    before = guests(site, *OTHERS)
    machine = site.machines[LOST]
    machine.lose_power()
    run.until(lambda states: all(states[name] not in UP for name in drivers(LOST)), "the drivers of the host are lost")
    assert all(run.states[name] in UP for name in drivers(*OTHERS))
    assert guests(site, *HOSTS) == before

    machine.boot()
    site.start_worker(LOST)
    machine.until_registered()
    done = site.tierdeps("reload")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(run.states[name] in UP for name in drivers(*HOSTS)), run.said
    assert {name: process for name, process in guests(site, *HOSTS).items() if name in before} == before
    assert guests(site, *HOSTS).keys() == names(site, *HOSTS)
    assert {run.starts(name) for name in drivers(*OTHERS)} == {1}
    assert {run.starts(name) for name in drivers(LOST)} == {2}


def test_what_lacks_a_quorum_is_stopped_and_what_needs_none_goes_on(site: Site, run: Run) -> None:
    left, *lost = HOSTS
    for name in lost:
        site.machines[name].lose_power()
    gone = drivers(left, kinds=["osd", "pool", "qemu", "guests"])
    run.until(lambda states: all(states[name] == "stopped" for name in gone), "what requires a quorum has stopped")
    assert all(run.states[name] in UP for name in drivers(left, kinds=["mon", "secret", "network"])), run.said
    assert not guests(site, *HOSTS)

    for name in lost:
        site.machines[name].boot()
        site.start_worker(name)
    for name in lost:
        site.machines[name].until_registered()
    done = site.tierdeps("reload")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(run.states[name] in UP for name in drivers(*HOSTS)), run.said
    assert guests(site, *HOSTS).keys() == names(site, *HOSTS)


def test_a_machine_that_is_cut_off_stops_its_own_and_starts_again_when_it_is_back(site: Site, run: Run) -> None:
    before = guests(site, *OTHERS)
    site.lan.cut(LOST)
    run.until(lambda states: all(states[name] not in UP for name in drivers(LOST)), "the drivers of the host are lost")
    lease = f"nothing was heard of the worker on {LOST} for {LEASE:g} s, its lease"
    assert any((event["driver"], event["reason"]) == (f"mon@{LOST}", lease) for event in run.events)
    assert all(run.states[name] in UP for name in drivers(*OTHERS))
    # its worker hears nothing of the start either, and stops what it holds
    until(lambda: not site.machines[LOST].programs() & PROCESSES, "the machine has stopped its drivers", LONG_S)
    assert guests(site, *HOSTS) == before

    site.lan.join(LOST)
    done = site.tierdeps("reload")
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(run.states[name] in UP for name in drivers(*HOSTS)), run.said
    assert {name: process for name, process in guests(site, *HOSTS).items() if name in before} == before
    assert guests(site, *HOSTS).keys() == names(site, *HOSTS)


def test_it_stops_in_reverse_over_all_hosts_and_leaves_nothing(site: Site, run: Run) -> None:
    before = len(run.events)
    ours = {name for name in drivers(*HOSTS) if run.states[name] == "ready"}  # what was adopted is left
    assert ours >= {*drivers(*HOSTS, kinds=[*CEPH, "guests"])}
    done = site.tierdeps("stop")
    assert done.returncode == 0, done.stdout + done.stderr
    assert run.ended() == 0, run.said
    times = {(event["driver"], event["state"]): event["at"] for event in run.events[before:]}
    assert {name for name, state in times if state == "stopped"} == ours

    def in_turn(first: Iterable[str], then: Iterable[str]) -> bool:
        last = max((times[name, "stopped"] for name in first if name in ours), default=0)
        return all(last <= times[name, "stopping"] for name in then if name in ours)

    for host in HOSTS:
        assert in_turn([f"guests@{host}"], drivers(host, kinds=["network", "pool", "qemu"]))
        assert in_turn([f"pool@{host}"], [f"secret@{host}"])
    for first, then in pairwise((LIBVIRT, ("osd",), ("mon",))):
        assert in_turn(drivers(*HOSTS, kinds=first), drivers(*HOSTS, kinds=then))
    for host in HOSTS:
        assert not site.machines[host].programs() & PROCESSES
