"""The drivers of several hosts from one, without workers: each instance has the connection of its host."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps import DependencyGraph, Driver, Executor, Settings, State, requires

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps import Report

libvirt = pytest.importorskip(
    "libvirt", reason="libvirt-python is not installed: pip install 'tierdeps-libvirt[live]'", exc_type=ImportError
)
HOSTS = ("kvm1", "kvm2")
NAMES = ("network", "storage")


@pytest.fixture(autouse=True)
def network() -> Iterator[Any]:
    """Have the network of the test connection marked autostart, and down."""
    connection = libvirt.open("test:///default")
    found = connection.networkLookupByName("default")
    found.setAutostart(1)
    found.destroy()
    yield found
    found.setAutostart(0)
    if not found.isActive():
        found.create()
    connection.close()


def run(uris: dict[str, str], **defaults: str) -> Report:
    """Start the drivers of each host with the connection of that host."""
    phases = ("initialize", "autostart")
    storage = Driver("storage", lifecycle="tierdeps_libvirt.storage:StorageLifecycle", phases=phases, hosts="all")
    network = Driver(
        "network",
        lifecycle="tierdeps_libvirt.network:NetworkLifecycle",
        phases=phases,
        hosts="all",
        dependencies=(requires("storage@{host}"),),
    )
    tables = {f"{name}@{host}": {"uri": uri} for name in NAMES for host, uri in uris.items()}
    chosen = Settings(drivers=tables, defaults=defaults)
    plan = DependencyGraph((storage, network), hosts={"all": HOSTS}).collapse()
    executor = Executor(plan, settings=chosen, on_failure="isolate")

    async def main() -> Report:
        await executor.start()
        return await executor.stop()

    return asyncio.run(main())


def test_each_host_has_a_connection_of_its_own(network: Any, tmp_path: Path) -> None:
    missing = f"qemu+unix:///system?socket={tmp_path}/none"
    report = run({"kvm1": "test:///default", "kvm2": missing})
    assert [report[f"{name}@kvm1"].state for name in NAMES] == [State.READY, State.READY]
    assert network.isActive()
    assert f"libvirt does not answer at {missing}" in report["storage@kvm2"].reason
    assert report["network@kvm2"].state is State.BLOCKED


def test_hosts_with_the_same_connection_start_what_is_down_once() -> None:
    report = run(dict.fromkeys(HOSTS, "test:///default"))
    assert report.ok, [outcome.reason for outcome in report.outcomes]


def test_one_connection_names_the_host_of_each_driver(tmp_path: Path) -> None:
    where = f"qemu+unix:///system?socket={tmp_path}/"
    report = run({}, uri=f"{where}{{host}}")
    for host in HOSTS:
        assert f"libvirt does not answer at {where}{host}" in report[f"storage@{host}"].reason
