"""What the metadata of a guest says of being ready."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from libvirt_played import Thing

from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt._markup import parse
from tierdeps_libvirt._objects.metadata import invalid_elements
from tierdeps_libvirt._ready import Ready, address_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tierdeps_libvirt._markup import Element

GUEST = "<domain><metadata>{}</metadata><devices>{}</devices></domain>"
AGENT = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='{}'/></channel>"


def xml(*elements: str, devices: str = "") -> str:
    space = "xmlns:t='urn:tierdeps:libvirt:1'"
    return GUEST.format("".join(f"<t:start {space}><t:ready {one}/></t:start>" for one in elements), devices)


def read(*elements: str) -> Ready | None:
    return DOMAINS.readiness(Thing("web", xml=xml(*elements)))


def definition(devices: str = "") -> Callable[[], Element]:
    return lambda: parse(xml(devices=devices).encode())


@pytest.fixture
def port() -> Iterator[int]:
    """Have somebody answer at a port of this host."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_guest_that_says_nothing_is_ready_when_it_runs() -> None:
    assert read() is None


def test_all_conditions_have_to_hold() -> None:
    ready = read("tcp='10.0.0.5:22'", "tcp='[fe80::1]:80' agent='yes' delay='2.5' timeout='120'", "delay='1'")
    assert ready == Ready(("10.0.0.5:22", "[fe80::1]:80"), agent=True, delay=2.5, timeout=120.0)


def test_an_address_has_to_answer(port: int) -> None:
    assert Ready((f"127.0.0.1:{port}",)).missing(definition()) == ""
    assert Ready((f"127.0.0.1:{port}", "127.0.0.1:1")).missing(definition()) == "127.0.0.1:1 does not answer"


@pytest.mark.parametrize(("state", "said"), [("connected", ""), ("disconnected", "its guest agent does not answer")])
def test_the_agent_has_to_have_opened_its_channel(state: str, said: str) -> None:
    assert Ready(agent=True).missing(definition(AGENT.format(state))) == said


def test_a_guest_without_an_agent_s_channel_never_has_one() -> None:
    assert Ready(agent=True).missing(definition()) == "its guest agent does not answer"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("db:5432", ("db", 5432)),
        ("[::1]:22", ("::1", 22)),
        ("db", None),
        (":22", None),
        ("db:0", None),
        ("db:65536", None),
        ("db:x", None),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, expected: tuple[str, int] | None) -> None:
    assert address_of(text) == expected


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ("", "<ready> says nothing: expected tcp='HOST:PORT', agent='yes' or delay='SECONDS'"),
        ("tcp='db'", "<ready tcp='db'>: expected HOST:PORT"),
        ("agent='maybe'", "<ready agent='maybe'>: expected yes or no"),
        ("delay='soon'", "<ready delay='soon'>: expected a number of seconds, up to 86400"),
        ("delay='-1'", "<ready delay='-1'>: expected a number of seconds, up to 86400"),
        ("agent='yes' timeout='nan'", "<ready timeout='nan'>: expected a number of seconds, up to 86400"),
        ("tcp='db:1' delay='0'", None),
    ],
)
def test_what_means_nothing_is_a_finding(element: str, said: str | None) -> None:
    found = [wrong.problem for wrong in invalid_elements(parse(xml(element).encode()))]
    assert found == ([] if said is None else [said])
