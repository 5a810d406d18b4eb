"""The same over libvirt's own test connection: nothing but the library is needed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps import DependencyGraph, Executor, Settings, State
from tierdeps_libvirt import tierdeps_drivers, tierdeps_facts, tierdeps_tiers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Report

libvirt = pytest.importorskip(
    "libvirt", reason="libvirt-python is not installed: pip install 'tierdeps-libvirt[live]'", exc_type=ImportError
)
URI = "test:///default"
POOL = "<pool type='dir'><name>images</name><target><path>/images</path></target></pool>"
GUEST = """
<domain type='test'><name>{name}</name><memory>65536</memory><os><type>hvm</type></os>
<metadata>{wish}</metadata>
<devices><interface type='network'><source network='default'/></interface></devices></domain>
"""
WISHES = {"app": "<t:after xmlns:t='urn:tierdeps:libvirt:1' domain='db'/>", "db": ""}


@pytest.fixture
def host() -> Iterator[Any]:
    """Have a host; this process has one only, so that it is left as it was found."""
    connection = libvirt.open(URI)
    pool = connection.storagePoolDefineXML(POOL)
    guests = [connection.defineXML(GUEST.format(name=name, wish=wish)) for name, wish in WISHES.items()]
    network = connection.networkLookupByName("default")
    for item in (pool, network, *guests):
        item.setAutostart(1)
    network.destroy()
    yield connection
    for item in (pool, *guests):
        if item.isActive():
            item.destroy()
        item.undefine()
    network.setAutostart(0)
    if not network.isActive():
        network.create()
    connection.close()


def run(**settings: object) -> tuple[Report, Report]:
    """Start, and stop."""
    chosen = Settings(defaults={"uri": URI, **settings})
    graph = DependencyGraph(tierdeps_drivers(), tierdeps_tiers(), facts=tierdeps_facts(chosen))
    executor = Executor(graph.collapse(), settings=chosen)

    async def both() -> tuple[Report, Report]:
        return await executor.start(), await executor.stop()

    return asyncio.run(both())


def up(host: Any) -> set[str]:
    kinds = host.listAllDomains(), host.listAllStoragePools(), host.listAllNetworks()
    return {item.name() for kind in kinds for item in kind if item.isActive() and item.autostart()}


def test_what_is_marked_comes_up_and_stays_up(host: Any) -> None:
    assert up(host) == set()
    started, stopped = run()
    assert started.ready
    assert stopped.ok
    assert up(host) == {"images", "app", "db", "default"}
    states = {name: started[name].state for name in ("remote", "network", "storage", "qemu", "secret", "lxc")}
    assert states == {
        "remote": State.ADOPTED,
        "network": State.READY,
        "storage": State.READY,
        "qemu": State.READY,
        "secret": State.SKIPPED,
        "lxc": State.SKIPPED,
    }


def test_a_second_run_repairs_what_is_down_and_touches_nothing_else(host: Any) -> None:
    run()
    running = {guest.name(): guest.ID() for guest in host.listAllDomains() if guest.isActive()}
    host.storagePoolLookupByName("images").destroy()
    started, _ = run()
    assert {name: started[name].state for name in ("network", "storage", "qemu")} == {
        "network": State.ADOPTED,
        "storage": State.READY,
        "qemu": State.ADOPTED,
    }
    assert up(host) == {"images", "app", "db", "default"}
    assert {guest.name(): guest.ID() for guest in host.listAllDomains() if guest.isActive()} == running


def test_guests_come_up_as_they_wish_and_are_shut_down_in_reverse(host: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tierdeps.driver.qemu")
    run(guests="shutdown")
    told = [text for text in caplog.messages if text.startswith("domain ")]
    assert told == ["domain db: started", "domain app: started", "domain app: shut down", "domain db: shut down"]
    assert up(host) == {"images", "default"}
    assert host.lookupByName("test").isActive()


@pytest.mark.parametrize("adopted", [False, True])
def test_what_goes_down_while_it_is_checked_is_started_again_or_reported(host: Any, adopted: bool) -> None:
    if adopted:
        run()
    chosen = Settings(defaults={"uri": URI, "check_every": 0.2})
    executor = Executor(DependencyGraph(tierdeps_drivers(), tierdeps_tiers()).collapse(), settings=chosen)

    async def main() -> None:
        await executor.start()
        host.storagePoolLookupByName("images").destroy()
        host.networkLookupByName("default").destroy()
        host.lookupByName("db").destroy()
        async with asyncio.timeout(30):
            while (up(host), executor.report()["qemu"].degraded) != (  # noqa: ASYNC110  libvirt has no event for it
                {"images", "app", "default"},
                "domain db: it was destroyed",
            ):
                await asyncio.sleep(0.05)
        assert not (await executor.stop()).ok

    asyncio.run(main())


def tierdeps(*arguments: str, uri: str = URI) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tierdeps", *arguments, "--only", "libvirt", "--uri", uri]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_command_line_names_the_connection() -> None:
    done = tierdeps("start", "--once")
    assert (done.returncode, done.stdout.splitlines()[-1].partition(" in ")[0]) == (
        0,
        "started and stopped 5 of 24 drivers",
    )
    assert f"tierdeps.driver.qemu: 1 domain at {URI}\n" in done.stderr
    assert "tierdeps.driver.qemu: no domain is marked autostart\n" in done.stderr


def test_its_facts_are_those_of_the_connection() -> None:
    done = tierdeps("order")
    assert done.stdout.splitlines()[1] == (
        "facts: domain.network yes, domain.nwfilter no, domain.secret no, domain.volume no, pool.auth no, pool.vhba no"
    )


@pytest.mark.parametrize("command", [("check",), ("lock", "--output", "-"), ("why", "qemu"), ("graph",)])
def test_every_command_that_asks_the_host_takes_the_connection(command: tuple[str, ...]) -> None:
    assert tierdeps(*command).returncode == 0


def test_a_connection_that_cannot_be_had_is_a_failure() -> None:
    done = tierdeps("start", "--once", "--format", "json", uri="test:///no/such/file.xml")
    assert done.returncode == 4
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["root_causes"] == ["remote"]
