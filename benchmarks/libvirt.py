"""``python -m benchmarks.libvirt [OBJECTS...]``: a check of libvirt's objects, in a folder and over a connection.

The objects are guests, each with a disk in a pool of its own, some pools served by guests, on networks that are named
by their bridge. Each row is a process of its own, from its start to its end: what each object takes is to stay
the same however many there are. The connection is played: libvirt's own share is no matter here.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.turns import run

SIZES = (1_250, 5_000, 20_000)
ROW = "{:<12} {:>9} {:>9} {:>11} {:>10} {:>8}"


def objects(count: int, every: int = 10) -> dict[str, str]:
    """Return the definitions of so many objects, by their paths; one in ``every`` pools is served by a guest."""
    made: dict[str, str] = {}
    for number in range(count // 2):
        network, name = number // 50, f"{number:06}"
        if number % 50 == 0:
            bridge = f"<forward mode='nat'/><bridge name='virbr{network}'/>"
            made[f"qemu/networks/net{network}.xml"] = f"<network><name>net{network}</name>{bridge}</network>"
        disk = f"<disk type='file'><source file='/srv/{name}/a'/><target dev='vda'/></disk>"
        card = f"<interface type='bridge'><source bridge='virbr{network}'/></interface>"
        guest = f"<name>guest{name}</name><devices>{disk}{card}</devices>"
        made[f"qemu/guest{name}.xml"] = f"<domain type='kvm'>{guest}</domain>"
        host = f"<host name='guest{(number + 1) % (count // 2):06}'/>" if number % every == 0 else "<host name='nas'/>"
        source = f"<source>{host}<dir path='/e'/></source><target><path>/srv/{name}</path></target>"
        made[f"storage/pool{name}.xml"] = f"<pool type='netfs'><name>pool{name}</name>{source}</pool>"
    return made


def write(root: Path, count: int) -> int:
    """Write a root; all is marked. Return how many objects there are."""
    made = objects(count)
    for path, text in made.items():
        file = root / path
        (file.parent / "autostart").mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        (file.parent / "autostart" / file.name).symlink_to(f"../{file.name}")
    return len(made)


class _Thing:
    """An object of the played connection."""

    def __init__(self, path: str, xml: str) -> None:
        self._name, self._xml = Path(path).stem, xml

    def name(self) -> str:
        return self._name

    def XMLDesc(self, _: int) -> str:  # noqa: N802 - libvirt's name
        return self._xml

    def isPersistent(self) -> int:  # noqa: N802 - libvirt's name
        return 1

    isActive = autostart = isPersistent  # noqa: N815 - libvirt's names


class _Played:
    """The module, and its one connection."""

    libvirtError: type[Exception] = RuntimeError  # noqa: N815 - libvirt's name

    def __init__(self, made: dict[str, str]) -> None:
        self._made = made

    def open(self, _: str, /) -> Any:
        return self

    def close(self) -> int:
        return 0

    def _of(self, folder: str) -> list[_Thing]:
        return [_Thing(path, xml) for path, xml in self._made.items() if str(Path(path).parent) == folder]

    def listAllDomains(self) -> list[_Thing]:  # noqa: N802 - libvirt's name
        return self._of("qemu")

    def listAllNetworks(self) -> list[_Thing]:  # noqa: N802 - libvirt's name
        return self._of("qemu/networks")

    def listAllStoragePools(self) -> list[_Thing]:  # noqa: N802 - libvirt's name
        return self._of("storage")

    def listAllSecrets(self) -> list[_Thing]:  # noqa: N802 - libvirt's name
        return []

    listAllNWFilters = listAllSecrets  # noqa: N815 - libvirt's name


def check_connection(count: int, every: int = 10) -> int:
    """Check a connection in this process; return how many findings there are."""
    from tierdeps import DependencyGraph, RuleContext
    from tierdeps_libvirt import tierdeps_rules
    from tierdeps_libvirt._objects.connection import ask
    from tierdeps_libvirt._objects.declare import declare

    inventory = ask("qemu+ssh://played/system", _Played(objects(count, every)))
    graph = DependencyGraph.of(declare(inventory)).with_all_facts()
    return sum(1 for rule in tierdeps_rules() for _ in rule.check(RuleContext(graph)))


def main(sizes: list[int]) -> None:
    """Print two rows for each size."""
    print(ROW.format("source", "objects", "seconds", "us/object", "peak MiB", "growth"))
    before: dict[str, float] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            count = write(Path(folder, "libvirt"), size)
            connection = [sys.executable, "-m", "benchmarks.libvirt", "--connection", str(size)]
            costs = {
                "folder": run(
                    [sys.executable, "-m", "tierdeps", "check", "libvirt", "--only", "libvirt"], Path(folder)
                ),
                "connection": run(connection, Path(__file__).parents[1]),
            }
        for source, cost in costs.items():
            assert cost.code == 1, cost  # pools that guests serve
            each = cost.seconds * 1e6 / count
            growth = f"{each / before[source]:.2f}" if source in before else ""
            before[source] = each
            cells = (f"{cost.seconds:.2f}", f"{each:.0f}", f"{cost.peak / 2**20:.0f}", growth)
            print(ROW.format(source, count, *cells), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--connection"]:
        sys.exit(1 if check_connection(int(sys.argv[2])) else 0)
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
