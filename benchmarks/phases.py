"""``python -m benchmarks.phases [--rounds N]``: how long libvirtd's drivers take, phase by phase, from its own log.

Each round boots the daemon, which starts what is marked autostart, and then restarts it with the guests running, to
which it reconnects, one thread each. Out of it come the timings that graphs/libvirt-1.2.1.toml states. The host is
that of the race.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import datetime
from math import log
from statistics import median, pstdev
from typing import TYPE_CHECKING

from tests.live.host import Host, refusal, scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    Samples = dict[str, list[float]]

LOGGED = {"LIBVIRT_DEBUG": "3", "LIBVIRT_LOG_FILTERS": "1:libvirt 1:driver 1:qemu.qemu_process"}
LINE = re.compile(r"^(\S+ \S+)\+0000: (\d+): debug : (\w+):\d+ : (.*)", re.MULTILINE)
INIT = re.compile(r"Running global init for (\w+) state driver")
NAMES = {name: name.lower() for name in ("secret", "storage", "NWFilter", "QEMU", "LXC")} | {"bridge": "network"}
LAST = "LXC"


def steps(text: str) -> Iterator[tuple[str, float]]:
    """Read what each phase took in one start's log, and how long after qemu's end each thread asked for its pool."""
    driver, began, loaded, qemu_ended = "", 0.0, 0.0, 0.0
    threads: set[str] = set()
    for when, thread, function, message in LINE.findall(text):
        at = datetime.fromisoformat(f"{when}+00:00").timestamp()
        if started := INIT.match(message):
            if driver in NAMES:
                yield f"{NAMES[driver]}:initialize", (loaded or at) - began
            if driver in NAMES and loaded:
                yield f"{NAMES[driver]}:autostart", at - loaded
            qemu_ended = at if driver == "QEMU" else qemu_ended
            driver, began, loaded = started[1], at, 0.0
        elif function == "virDriverShouldAutostart":
            loaded = at
            if driver == LAST:
                yield f"{NAMES[driver]}:initialize", at - began
        elif function == "qemuProcessReconnect":
            threads.add(thread)
        elif function == "virStoragePoolLookupByName" and thread in threads:
            threads.remove(thread)
            yield "qemu:thread", at - qemu_ended


def measure(host: Host, rounds: int) -> tuple[Samples, Samples]:
    """Boot and restart so often; return what each phase took at boots, and at restarts."""
    at_boots: Samples = {}
    at_restarts: Samples = {}
    for _ in range(rounds):
        scene.bring_down(host.connect())
        _collect(host, at_boots, boot=True)
        _collect(host, at_restarts, boot=False)
    return at_boots, at_restarts


def _collect(host: Host, samples: Samples, *, boot: bool) -> None:
    known = host.libvirtd.log.stat().st_size
    if boot:
        host.libvirtd.boot(LOGGED)
    else:
        host.libvirtd.restart(LOGGED)
    host.active()
    for guest in host.connect().listAllDomains():
        guest.info()  # waits until the guest's thread is done with it
    for name, seconds in steps(host.libvirtd.log.read_bytes()[known:].decode(errors="replace")):
        samples.setdefault(name, []).append(seconds)


def fitted(seconds: list[float]) -> str:
    """Return the log-normal distribution of these, as a graph file writes it."""
    logarithms = [log(max(each, 1e-4)) for each in seconds]
    return f"lognormal({median(seconds):.3g}, {pstdev(logarithms):.2g})"


def main(rounds: int) -> int:
    """Print them all."""
    with Host() as host:
        host.define()
        for title, samples in zip(("boot", "restart with guests running"), measure(host, rounds), strict=True):
            print(f"{title}, {rounds} times:")
            for name, seconds in sorted(samples.items()):
                print(f"  {name:<20} {fitted(seconds):<28} from {min(seconds):.4f} to {max(seconds):.4f} s")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30, metavar="N", help="boots and restarts")
    sys.exit(refusal() or main(parser.parse_args().rounds))
