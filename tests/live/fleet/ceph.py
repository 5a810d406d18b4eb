"""A Ceph of several machines: a monitor and an OSD in memory on each, CephX at each of them."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.live.host.world import World

SCRIPT = Path(__file__).with_name("ceph.sh")
PORT = 6789
CONFIGURATION = """[global]
fsid = {fsid}
mon host = {addresses}
ms bind msgr2 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
mon data avail crit = 1
mon lease = 3
mon osd min down reporters = 1
osd objectstore = memstore
memstore device bytes = 268435456
osd fast shutdown = false
osd pool default size = 3
osd pool default min size = 2
osd heartbeat interval = 1
osd heartbeat grace = 4

[mon]
public addr = {address}

[osd]
crush location = root=default host={name}
"""


class FleetCeph:
    """Is made once, and then down: its daemons are drivers of the graph."""

    def __init__(self, worlds: Mapping[str, World], addresses: Mapping[str, str], shared: Path) -> None:
        self._worlds = worlds
        self._addresses = addresses
        self._shared = shared

    def make(self, images: Sequence[str]) -> bytes:
        """Make it, with images; return the key of libvirt's user, as a secret holds it."""
        fsid = str(uuid4())
        for name, world in self._worlds.items():
            world.path("/etc/ceph/ceph.conf").write_text(self._configuration(fsid, name))
        first = next(iter(self._worlds))
        pairs = ((name, _vector(address)) for name, address in self._addresses.items())
        self._step("keys", first, *chain.from_iterable(pairs))
        self._each("monitor")
        self._each("osd")
        self._step("pool", first, *images)
        self._each("stop")
        return base64.b64decode((self._shared / "libvirt.key").read_text())

    def _configuration(self, fsid: str, name: str) -> str:
        return CONFIGURATION.format(
            fsid=fsid,
            addresses=",".join(map(_vector, self._addresses.values())),
            address=self._addresses[name],
            name=name,
        )

    def _each(self, step: str) -> None:
        with ThreadPoolExecutor(len(self._worlds)) as threads:
            list(threads.map(partial(self._step, step), self._worlds))

    def _step(self, step: str, name: str, *arguments: str) -> None:
        self._worlds[name].run("bash", str(SCRIPT), step, name, str(self._shared), *arguments, within=90)


def _vector(address: str) -> str:
    return f"[v1:{address}:{PORT}]"
