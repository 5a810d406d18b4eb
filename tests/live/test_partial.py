"""What can start, starts: one broken object, a guest that was shut down, a device that comes late."""

from __future__ import annotations

import json
import os
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from tests.live.host import objects, scene
from tests.live.host.libvirtd import PID

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.live.host import Host

pytestmark = pytest.mark.live

ETC = "/etc/libvirt"
SECRET = "5ec5ec5e-0000-4000-8000-00000000dead"  # noqa: S105  its name
NAMESPACE = "urn:tierdeps:libvirt:1"
#: What is said of guests in their metadata, for good (libvirt-domain.h: VIR_DOMAIN_METADATA_ELEMENT, _AFFECT_CONFIG).
ELEMENT, KEPT = 2, 2
BRIDGE = "tdlate0"
#: So often is tried what might race.
ROUNDS = int(os.environ.get("TIERDEPS_BOOTS", "3"))


def start(host: Host, *options: str) -> subprocess.CompletedProcess[str]:
    return host.tierdeps("start", "--leave-running", *options)


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    report = json.loads(done.stdout.splitlines()[-1])
    return {outcome["driver"]: outcome for outcome in report["outcomes"]}


def guest(host: Host, name: str, *devices: str, says: str = "") -> None:
    domain = host.connect().defineXML(objects.guest(name, host.firmware, *devices))
    if says:
        domain.setMetadata(ELEMENT, f"<start>{says}</start>", "tierdeps", NAMESPACE, KEPT)
    domain.setAutostart(1)


@pytest.fixture
def broken(host: Host) -> Iterator[None]:
    """Have one of each: a dead pool, a secret without a value, a guest on no network, a cycle, and a stray file."""
    connection = host.connect()
    connection.storagePoolDefineXML(objects.folder_pool("gone", host.folder.with_name("gone"))).setAutostart(1)
    connection.secretDefineXML(objects.named_secret(SECRET, "<usage type='volume'><volume>/x</volume></usage>"))
    luks = f"<encryption format='luks'><secret type='passphrase' uuid='{SECRET}'/></encryption>"
    guest(host, "locked", objects.file_disk(str(host.folder / "locked"), luks))
    guest(host, "lost", objects.interface("mars"))
    guest(host, "one", says="<requires domain='other'/>")
    guest(host, "other", says="<after domain='one'/>")
    stray = host.world.path(f"{ETC}/qemu/stray.xml")
    stray.write_text("<!DOCTYPE x><x/>")
    yield
    stray.unlink()
    for name in ("locked", "lost", "one", "other"):
        connection.lookupByName(name).undefine()
    connection.storagePoolLookupByName("gone").undefine()


@pytest.mark.usefixtures("broken")
def test_one_broken_object_of_each_kind_keeps_no_other_down_object_by_object(host: Host) -> None:
    done = start(host, ETC, "--format", "json")
    assert done.returncode == 4, done.stdout + done.stderr
    assert host.active() >= scene.EVERYTHING
    found = outcomes(done)
    assert found["domain/lost"]["state"] == "blocked"
    assert "mars" in str(found["domain/lost"]["reason"])
    assert found["domain/one"]["state"] == found["domain/other"]["state"] == "blocked"
    assert "cycle" in str(found["domain/one"]["reason"])
    assert found["pool/gone"]["state"] == "failed"
    assert found["domain/locked"]["cause"] == [f"secret/{SECRET}"]


@pytest.mark.usefixtures("broken")
def test_nor_driver_by_driver(host: Host) -> None:
    done = start(host)
    assert done.returncode == 4, done.stdout + done.stderr
    assert host.active() >= scene.EVERYTHING
    assert "storage ready (degraded: pool gone: " in done.stdout
    assert "degraded: secret: " in done.stdout
    assert "domain lost: " in done.stdout


def test_a_guest_that_was_shut_down_is_left_off_by_a_repair(host: Host) -> None:
    assert start(host).returncode == 0
    host.connect().lookupByName("web").destroy()
    for arguments in ((), (ETC,)):
        assert start(host, *arguments).returncode == 0
        assert host.active() == scene.EVERYTHING - {"domain/web"}
    assert start(host, "--all").returncode == 0
    assert host.active() == scene.EVERYTHING


def test_a_bridge_that_comes_late_is_waited_for(host: Host) -> None:
    card = f"<interface type='bridge'><source bridge='{BRIDGE}'/></interface>"
    guest(host, "late", card)
    for arguments in ((), (ETC,)):
        made = Timer(3.0, lambda: host.world.run("ip", "link", "add", BRIDGE, "type", "bridge"))
        made.start()
        done = start(host, *arguments)
        made.join()
        assert done.returncode == 0, done.stdout + done.stderr
        assert "domain/late" in host.active()
        host.connect().lookupByName("late").destroy()
        host.world.run("rm", "-rf", "/run/tierdeps-libvirt")
        host.world.run("ip", "link", "delete", BRIDGE)


def test_a_guest_that_does_not_get_ready_keeps_down_what_requires_it(host: Host) -> None:
    guest(host, "mute", says="<ready tcp='127.0.0.1:9' timeout='2'/>")
    guest(host, "needy", says="<requires domain='mute'/>")
    done = start(host, ETC, "--format", "json")
    assert done.returncode == 4, done.stdout + done.stderr
    found = outcomes(done)
    assert "it runs and is not ready: 127.0.0.1:9 does not answer" in str(found["domain/mute"]["reason"])
    assert found["domain/needy"]["cause"] == ["domain/mute"]
    assert host.active() == scene.EVERYTHING | {"domain/mute"}


def test_a_guest_on_the_bridge_of_a_network_never_comes_before_it(host: Host) -> None:
    guest(host, "bridged", "<interface type='bridge'><source bridge='tdbr0'/></interface>")
    for _ in range(ROUNDS):
        done = start(host, ETC)
        assert done.returncode == 0, done.stdout + done.stderr
        assert host.active() == scene.EVERYTHING | {"domain/bridged"}
        scene.bring_down(host.connect())
        host.world.run("rm", "-rf", "/run/tierdeps-libvirt")


def test_libvirtd_that_is_started_kills_no_guest_whose_pool_is_marked(host: Host) -> None:
    assert start(host).returncode == 0
    before = host.guests()
    host.connect().storagePoolLookupByName(scene.FOLDER).destroy()
    host.libvirtd.stop()
    settings = host.world.scratch / "libvirtd.toml"
    settings.write_text(f'[drivers.remote]\nstart = ["libvirtd --daemon --pid-file {PID}"]\n')
    done = start(host, "--config", str(settings))
    assert done.returncode == 0, done.stdout + done.stderr
    assert before.keys() == set(scene.GUESTS)
    assert host.guests() == before
    assert host.active() == scene.EVERYTHING
