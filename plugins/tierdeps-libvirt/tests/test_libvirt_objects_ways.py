"""Every way in which an object needs another is seen, in a folder as over a connection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from libvirt_asked import Asked, Thing, kind_and_name
from libvirt_more_ways import WAYS

from tierdeps import DependencyGraph
from tierdeps_libvirt._markup import parse
from tierdeps_libvirt._objects.configuration_root import read_root
from tierdeps_libvirt._objects.connection import ask
from tierdeps_libvirt._objects.declare import declare
from tierdeps_libvirt._objects.machine import Machine

if TYPE_CHECKING:
    from pathlib import Path

    from libvirt_ways import Way

    from tierdeps_libvirt._objects.definition import Inventory

FOLDERS = {
    "domain": "qemu",
    "network": "qemu/networks",
    "pool": "storage",
    "secret": "secrets",
    "filter": "nwfilter",
}


class Settled(Machine):
    """A machine of which the settings are known."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.settings = settings

    def text(self, path: str) -> str:
        lines = (f'{name} = "{value}"' for name, value in self.settings.items())
        return "\n".join(lines) if path == "/etc/libvirt/qemu.conf" else ""


def from_folder(way: Way, root: Path) -> Inventory:
    for xml in (way.first, *way.others):
        kind, name = kind_and_name(xml)
        folder = root / ("lxc" if kind == "domain" and parse(xml.encode()).get("type") == "lxc" else FOLDERS[kind])
        (folder / "autostart").mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.xml").write_text(xml)
        if kind != "secret":
            (folder / "autostart" / f"{name}.xml").symlink_to(f"../{name}.xml")
    (root / "qemu.conf").write_text("".join(f'{name} = "{value}"\n' for name, value in way.settings.items()))
    return read_root("root", root)


def from_connection(way: Way, _: Path) -> Inventory:
    library = Asked(Thing(xml) for xml in (way.first, *way.others))
    return ask("qemu:///system", library, machine=Settled(dict(way.settings)))


@pytest.mark.parametrize("source", [from_folder, from_connection], ids=["folder", "connection"])
@pytest.mark.parametrize("way", WAYS, ids=[re.sub(r"\W+", "-", way.what) for way in WAYS])
def test_a_need_is_seen(way: Way, source: Any, tmp_path: Path) -> None:
    kind, name = kind_and_name(way.first)
    graph = DependencyGraph.of(declare(source(way, tmp_path)))
    found = graph.drivers[f"{'nwfilter' if kind == 'filter' else kind}/{name}"].dependencies
    needs = {f"{need.kind} {need.target}": need for need in found}
    assert set(needs) - {"wants host/eth1"} == {way.need}  # the second device of a network
    assert graph.unresolved == ()
    assert needs[way.need].reason


def test_there_are_as_many_ways_as_were_counted_on_real_hosts() -> None:
    assert len({way.what for way in WAYS}) == len(WAYS) >= 53
