"""A guest with an agent of its own is ready when that has come up, and not when the guest runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.host import agent, objects, scene

if TYPE_CHECKING:
    from tests.live.host import Host

pytestmark = pytest.mark.live

ETC = "/etc/libvirt"
NAMESPACE = "urn:tierdeps:libvirt:1"
#: What is said of guests in their metadata, for good (libvirt-domain.h: VIR_DOMAIN_METADATA_ELEMENT, _AFFECT_CONFIG).
ELEMENT, KEPT = 2, 2


def define(host: Host, xml: str, says: str) -> None:
    domain = host.connect().defineXML(xml)
    domain.setMetadata(ELEMENT, f"<start>{says}</start>", "tierdeps", NAMESPACE, KEPT)
    domain.setAutostart(1)


def ping(host: Host, name: str) -> Any:
    """Have the agent of a guest answer."""
    import libvirt_qemu

    guest = host.connect().lookupByName(name)
    return json.loads(libvirt_qemu.qemuAgentCommand(guest, '{"execute": "guest-ping"}', 10, 0))


@pytest.mark.parametrize("graph", [(), (ETC,)], ids=["drivers", "objects"])
def test_what_comes_after_a_guest_waits_for_its_agent(host: Host, graph: tuple[str, ...]) -> None:
    console = host.world.scratch / "console"
    console.unlink(missing_ok=True)
    define(host, agent.guest("system", agent.system(host.world), console), "<ready agent='yes' timeout='100'/>")
    define(host, objects.guest("after", host.firmware), "<after domain='system'/>")
    with host.hold.on("after"):
        start = host.start_tierdeps("start", "--leave-running", *graph)
        host.hold.wait_for("after", within=100)
        # the guest that comes after is about to be started, and the agent answers
        assert ping(host, "system") == {"return": {}}
    said, errors = start.communicate(timeout=100)
    assert start.returncode == 0, said + errors + console.read_text()
    assert host.active() == scene.EVERYTHING | {"domain/system", "domain/after"}


def test_a_guest_whose_agent_does_not_come_up_runs_and_has_failed(host: Host) -> None:
    define(host, objects.guest("mute", host.firmware, agent.CHANNEL), "<ready agent='yes' timeout='2'/>")
    define(host, objects.guest("needy", host.firmware), "<requires domain='mute'/>")
    done = host.tierdeps("start", "--leave-running", ETC)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "domain mute: it runs and is not ready: its guest agent does not answer" in done.stdout
    assert host.active() == scene.EVERYTHING | {"domain/mute"}
