"""Ways to start what is marked autostart on a libvirt host: as it was, half fixed, by libvirtd, and by tierdeps.

The first two are what drivers do by themselves: each connects, takes its list, and starts one object after the other;
one that fails is counted, and not tried again. The daemon is a new one each time, as after a boot, so that its lists
come in another order: nothing else is drawn by lot, and nobody sleeps.
"""

from __future__ import annotations

from collections import Counter
from threading import Barrier, Thread
from typing import TYPE_CHECKING

from tests.live.host import scene

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import libvirt

    from tests.live.host import Host
    from tests.live.host.scene import Startable

    Listing = Callable[[libvirt.virConnect], Sequence[Startable]]

#: What went wrong, how often.
Faults = Counter[str] | dict[str, int]

CORE: dict[str, Listing] = {"network": scene.networks, "storage": scene.pools}
DRIVERS: dict[str, Listing] = {**CORE, "qemu": scene.domains}


def at_once(host: Host) -> Faults:
    """Have every driver initialise and auto-start when it likes."""
    faults: Counter[str] = Counter()
    begin = Barrier(len(DRIVERS))

    def driver(name: str) -> None:
        begin.wait()
        _autostart(_initialise(host, name), faults)

    _join([Thread(target=driver, args=(name,)) for name in DRIVERS])
    return faults


def without_waiting(host: Host) -> Faults:
    """Make the hypervisor wait until the others are initialised, and not until they have auto-started."""
    faults: Counter[str] = Counter()
    initialised = [_initialise(host, name) for name in CORE]

    def hypervisor() -> None:
        _autostart(_initialise(host, "qemu"), faults)

    others = [Thread(target=_autostart, args=(items, faults)) for items in initialised]
    _join([*others, Thread(target=hypervisor)])
    return faults


def by_libvirtd(host: Host) -> Faults:
    """Let today's daemon do it, which goes from driver to driver: what is marked autostart, once a boot."""
    host.libvirtd.boot()
    host.connect()
    return {}


def by_tierdeps(host: Host) -> Faults:
    """Have tierdeps do it; a run that does not end well is a fault."""
    done = host.tierdeps("start", "--leave-running", "--quiet")
    if done.returncode == 0:
        return {}
    said = [*done.stdout.strip().splitlines(), *done.stderr.strip().splitlines()]
    return {f"tierdeps ended with {done.returncode}: {said[-1] if said else ''}": 1}


def _initialise(host: Host, driver: str) -> Sequence[Startable]:
    return DRIVERS[driver](host.libvirtd.connect(driver))


def _autostart(items: Sequence[Startable], faults: Counter[str]) -> None:
    import libvirt

    for item in items:
        try:
            item.create()
        except libvirt.libvirtError as error:
            faults[str(error)] += 1


def _join(threads: Sequence[Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
