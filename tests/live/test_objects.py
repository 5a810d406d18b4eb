"""The host object by object: its configuration checked, ordered and started."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.live.host import objects, scene

if TYPE_CHECKING:
    from tests.live.host import Host

pytestmark = pytest.mark.live

ROOT = "/etc/libvirt"
SECRET = f"secret/{objects.SECRET}"


def test_what_libvirt_wrote_is_in_order(host: Host) -> None:
    done = host.tierdeps("order", ROOT, "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    stages = {name: placed["stage"] for name, placed in json.loads(done.stdout)["drivers"].items()}
    assert stages.keys() == scene.EVERYTHING | {SECRET}
    assert stages["domain/web"] > max(stages["pool/disks"], stages["network/lan"])
    assert stages["pool/ceph"] > stages[SECRET]
    assert host.tierdeps("check", ROOT).returncode == 0


def test_starts_object_by_object(host: Host) -> None:
    for again in (False, True):
        done = host.tierdeps("start", "--leave-running", ROOT, "--format", "json")
        assert done.returncode == 0, done.stdout + done.stderr
        report = json.loads(done.stdout.splitlines()[-1])
        states = {outcome["driver"]: outcome["state"] for outcome in report["outcomes"]}
        assert {states[name] for name in scene.EVERYTHING} == {"adopted" if again else "ready"}
        assert host.active() == scene.EVERYTHING


def test_starts_one_guest_with_what_it_needs(host: Host) -> None:
    done = host.tierdeps("start", "--leave-running", ROOT, "--target", "domain/app")
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.active() == {"domain/app", f"pool/{scene.FOLDER}"}


def test_what_cannot_start_keeps_only_its_own_guests_waiting(host: Host) -> None:
    host.folder.rename(host.folder.with_name("away"))
    done = host.tierdeps("start", "--leave-running", ROOT)
    host.folder.with_name("away").rename(host.folder)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "failed: pool/disks: " in done.stdout
    assert "blocked by it: domain/app, domain/web" in done.stdout
    assert host.active() == {"domain/db", "network/dmz", "network/lan", "pool/ceph"}


def test_finds_before_a_boot_what_would_not_come_up(host: Host) -> None:
    host.connect().networkLookupByName("lan").setAutostart(0)
    done = host.tierdeps("check", ROOT)
    assert done.returncode == 1
    assert "network/lan is not marked autostart: domain/web will not come up at boot without it" in done.stdout
    host.libvirtd.boot()
    assert host.active() == scene.EVERYTHING - {"network/lan", "domain/web"}  # as it was foretold
