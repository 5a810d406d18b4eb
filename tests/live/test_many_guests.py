"""Many guests and a short timeout: each guest has the time for itself, also where all together take longer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.live.host import objects, scene

if TYPE_CHECKING:
    from tests.live.host import Host

pytestmark = pytest.mark.live

ETC = "/etc/libvirt"
#: So many guests there are, besides those of the scene. By hand it may be more.
GUESTS = int(os.environ.get("TIERDEPS_GUESTS", "3"))
#: Seconds: one after the other, all guests keep their places for longer than one of them may take.
TIMEOUT, DELAY = 8, 1.5
NAMES = frozenset(f"domain/many-{number}" for number in range(GUESTS))


@pytest.mark.parametrize(
    ("graph", "jobs"), [((), 1), ((ETC,), 1), ((ETC,), 8)], ids=["drivers", "objects", "objects-8-at-a-time"]
)
def test_each_guest_has_its_timeout_for_itself(host: Host, graph: tuple[str, ...], jobs: int) -> None:
    connection = host.connect()
    for name in NAMES:
        connection.defineXML(objects.guest(name.removeprefix("domain/"), host.firmware)).setAutostart(1)
    settings = host.world.scratch / "many.toml"
    settings.write_text(f"[defaults]\ndelay = {DELAY}\n")
    options = ("--timeout", str(TIMEOUT), "--jobs", str(jobs), "--config", str(settings))
    done = host.tierdeps("start", "--leave-running", *options, *graph, within=60 + 10 * GUESTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.active() == scene.EVERYTHING | NAMES
    assert len(host.guests()) * DELAY > TIMEOUT
