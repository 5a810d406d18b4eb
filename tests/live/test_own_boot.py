"""Who starts the guests at boot: with own-boot it is tierdeps, in the order that their metadata requests."""

from __future__ import annotations

import os
import shutil
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.live.host import scene
from tests.live.host.tierdeps import ROOT

if TYPE_CHECKING:
    import subprocess

    from tests.live.host import Host

pytestmark = pytest.mark.live

ETC = "/etc/libvirt"
#: So many daemons are started; each is a boot for what it starts by itself. By hand it may be more.
BOOTS = int(os.environ.get("TIERDEPS_BOOTS", "3"))
REQUEST = "<start><after domain='{}'/></start>"
#: An order that libvirt's own, by name or by luck, is not.
ORDER = ("web", "db", "app")


def own_boot(host: Host, *options: str) -> subprocess.CompletedProcess[str]:
    seen = os.pathsep.join(str(place) for place in (ROOT, ROOT / "plugins" / "tierdeps-libvirt"))
    command = ("env", f"PYTHONPATH={seen}", sys.executable, "-m", "tierdeps_libvirt", "own-boot", *options)
    return host.world.run(*command)


def request_order(host: Host) -> None:
    connection = host.connect()
    for earlier, later in pairwise(ORDER):
        domain = connection.lookupByName(later)
        domain.setMetadata(2, REQUEST.format(earlier), "tierdeps", "urn:tierdeps:libvirt:1", 2)


def boot(host: Host, *, owned: bool) -> None:
    """Begin a boot: nothing is up, nothing is remembered, and the drop-ins do what systemd has them do."""
    scene.bring_down(host.connect())
    host.libvirtd.stop()
    for driver in ("lxc", "network", "qemu", "storage"):
        host.world.path(f"/run/libvirt/{driver}/autostarted").unlink(missing_ok=True)
    shutil.rmtree(host.world.path("/run/tierdeps-libvirt"), ignore_errors=True)
    if owned:
        own_boot(host, "--now")
    host.libvirtd.start()


def started(host: Host) -> list[str]:
    """Name the guests in the order in which they were started."""
    return [guest.name() for guest in sorted(host.connect().listAllDomains(1), key=lambda guest: guest.ID())]


def test_an_order_that_a_boot_ignores_is_a_finding_until_tierdeps_owns_it(host: Host) -> None:
    request_order(host)
    before = host.tierdeps("check", ETC)
    assert "domain/app requests an order with domain/db, which a boot ignores" in before.stdout
    own_boot(host)
    after = host.tierdeps("check", ETC)
    own_boot(host, "--undo")
    again = host.tierdeps("check", ETC)
    assert "LV205" not in after.stdout
    assert "LV205" in again.stdout


def test_without_it_the_daemon_starts_them_first(host: Host) -> None:
    request_order(host)
    boot(host, owned=False)
    assert set(started(host)) == set(ORDER)


def test_with_it_every_boot_keeps_the_order(host: Host) -> None:
    request_order(host)
    orders = []
    for _ in range(BOOTS):
        boot(host, owned=True)
        assert started(host) == []
        done = host.tierdeps("start", "--leave-running", ETC)
        assert done.returncode == 0, done.stdout + done.stderr
        orders.append(started(host))
    own_boot(host, "--undo")
    assert orders == [list(ORDER)] * BOOTS
