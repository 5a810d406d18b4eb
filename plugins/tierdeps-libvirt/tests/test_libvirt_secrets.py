"""Every secret that is needed is looked at, and a missing one is named with what needs it and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from libvirt_played import FakeLibvirt, Secret, Thing, context, degraded_by, played

from tierdeps_libvirt._markup import parse
from tierdeps_libvirt._references import SecretName, domain_facts, domain_secrets, pool_secrets
from tierdeps_libvirt.secret import SecretLifecycle

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY, OTHER = "0a81f5b2-8403-4b23-88d6-21ccc2f80d6f", "9f7ea5c1-0000-4000-8000-000000000002"
RBD = "<pool type='rbd'><source><auth type='ceph' username='u'><secret {}/></auth></source></pool>"
DISK = "<domain><devices><disk type='network'><source>{}</source></disk></devices></domain>"


def rbd(name: str, secret: str = f"uuid='{KEY}'", marked: bool = True) -> Thing:
    return Thing(name, xml=RBD.format(secret), marked=marked)


def initialize(secrets: Iterable[Secret], *pools: Thing, domains: Iterable[Thing] = ()) -> list[str]:
    """Return what degrades the driver."""
    libvirt = FakeLibvirt(pools=pools, domains=domains, secrets=secrets)
    lifecycle, told = played(SecretLifecycle, libvirt), context("secret")
    lifecycle.initialize(told)
    lifecycle.stop(context("secret"))
    assert libvirt.connected == 0
    return degraded_by(told)


def test_one_with_a_value_is_fine(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert initialize([Secret(KEY)], rbd("a")) == []
    assert caplog.messages[-1] == "1 of them asked for by what is marked autostart, all with a value"


def test_one_without_a_value_is_named_with_all_who_ask_for_it_and_what_to_do() -> None:
    disk = f"<auth username='u'><secret type='ceph' uuid='{KEY}'/></auth>"
    guest = Thing("web", xml=DISK.format(disk))
    assert initialize([Secret(KEY, value=None)], rbd("a"), rbd("b"), domains=[guest]) == [
        (
            f"secret {KEY}, asked for by pool a and pool b and domain web, has no value;"
            f" set it with: virsh secret-set-value {KEY} --file FILE"
        )
    ]


def test_one_that_is_not_defined_is_named() -> None:
    assert initialize([], rbd("a"), rbd("b", "usage='client.b'")) == [
        f"secret {KEY}, asked for by pool a, is not defined; define it with: virsh secret-define FILE",
        "secret for ceph 'client.b', asked for by pool b, is not defined; define it with: virsh secret-define FILE",
    ]


def test_advice_names_the_connection_that_was_given() -> None:
    libvirt = FakeLibvirt("test:///default", pools=[rbd("a")])
    lifecycle, told = played(SecretLifecycle, libvirt), context("secret", uri="test:///default")
    lifecycle.initialize(told)
    (fault,) = degraded_by(told)
    assert fault.endswith("is not defined; define it with: virsh -c test:///default secret-define FILE")


def test_one_is_found_by_what_it_is_for() -> None:
    assert initialize([Secret(KEY, usage="client.b")], rbd("b", "usage='client.b'")) == []
    (fault,) = initialize([Secret(KEY, usage="client.b", value=None)], rbd("b", "usage='client.b'"))
    assert f"virsh secret-set-value {KEY} " in fault


def test_a_private_one_keeps_its_value_to_itself() -> None:
    assert initialize([Secret(KEY, private=True)], rbd("a")) == []


def test_what_is_not_marked_asks_for_nothing() -> None:
    assert initialize([Secret(KEY, value=None)], rbd("a", marked=False)) == []


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (RBD.format(f"uuid='{KEY}'"), [SecretName(KEY)]),
        (RBD.format("usage='client.b'"), [SecretName(use="ceph", usage="client.b")]),
        (
            "<pool type='iscsi'><source><auth type='chap'><secret usage='lun'/></auth></source></pool>",
            [SecretName(use="iscsi", usage="lun")],
        ),
        ("<pool type='dir'/>", []),
    ],
)
def test_what_a_pool_asks_for(xml: str, expected: list[SecretName]) -> None:
    assert list(pool_secrets(parse(xml.encode()))) == expected


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (f"<auth><secret type='ceph' uuid='{KEY}'/></auth>", [SecretName(KEY)]),
        (f"<encryption format='luks'><secret type='passphrase' uuid='{KEY}'/></encryption>", [SecretName(KEY)]),
        (
            "<encryption format='luks'><secret type='passphrase' usage='/img/a'/></encryption>",
            [SecretName(use="volume", usage="/img/a")],
        ),
        (f"<backend><encryption secret='{OTHER}'/></backend>", [SecretName(OTHER)]),
        ("<name/>", []),
    ],
)
def test_what_a_guest_asks_for(inside: str, expected: list[SecretName]) -> None:
    assert list(domain_secrets(parse(DISK.format(inside).encode()))) == expected


@pytest.mark.parametrize(
    ("devices", "fact"),
    [
        ("<disk type='volume'/>", "domain.volume"),
        ("<interface type='network'/>", "domain.network"),
        ("<graphics><listen type='network' network='lan'/></graphics>", "domain.network"),
        ("<interface type='bridge'><filterref filter='clean'/></interface>", "domain.nwfilter"),
        ("<disk type='network'><auth><secret usage='a'/></auth></disk>", "domain.secret"),
    ],
)
def test_what_a_guest_says_of_its_host(devices: str, fact: str) -> None:
    assert domain_facts(parse(f"<domain><devices>{devices}</devices></domain>".encode())) == {fact}
