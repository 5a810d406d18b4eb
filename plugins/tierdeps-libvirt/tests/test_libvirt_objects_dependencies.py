"""Every way in which one of libvirt's objects depends on another, each from the XML that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph
from tierdeps_libvirt._markup import parse
from tierdeps_libvirt._objects.declare import declare
from tierdeps_libvirt._objects.definition import Definition, Inventory, Noun, SecretValue

if TYPE_CHECKING:
    from tierdeps import Declarations

UUID = "0a81f5b2-8403-4b23-88d6-21ccc2f80d6f"


def define(noun: Noun, name: str, body: str = "", *, marked: bool = True, hypervisor: str = "") -> Definition:
    element = parse(f"<x xmlns:tierdeps='urn:tierdeps:libvirt:1'>{body}</x>".encode())
    return Definition(noun, name, f"{noun}/{name}.xml", element, marked=marked, hypervisor=hypervisor)


def pool(name: str, kind: str, target: str = "", source: str = "") -> Definition:
    body = f"<source>{source}</source>" + (f"<target><path>{target}</path></target>" if target else "")
    element = parse(f"<pool type='{kind}'>{body}</pool>".encode())
    return Definition(Noun.POOL, name, f"storage/{name}.xml", element, marked=True)


def guest(body: str, name: str = "web", *, marked: bool = True) -> Definition:
    return define(Noun.DOMAIN, name, body, marked=marked)


def declared(*definitions: Definition) -> Declarations:
    return declare(Inventory("root", definitions))


def needs(*definitions: Definition) -> set[str]:
    """Say what the first of them needs, as ``requires pool/p``."""
    first = declared(*definitions).drivers[0]
    return {f"{item.kind} {item.target}" for item in first.dependencies}


@pytest.mark.parametrize(
    ("devices", "needed"),
    [
        ("<disk type='volume'><source pool='p' volume='v'/></disk>", "requires pool/p"),
        ("<disk type='volume'><source pool='p' volume='v' startupPolicy='optional'/></disk>", "wants pool/p"),
        ("<disk type='volume'><source pool='p' volume='v' startupPolicy='mandatory'/></disk>", "requires pool/p"),
        ("<disk><backingStore><source pool='p' volume='v'/></backingStore></disk>", "requires pool/p"),
        ("<filesystem type='volume'><source pool='p' volume='v'/></filesystem>", "requires pool/p"),
        (f"<disk><auth><secret type='ceph' uuid='{UUID.upper()}'/></auth></disk>", f"requires secret/{UUID}"),
        (f"<disk><source><auth><secret uuid='{UUID}'/></auth></source></disk>", f"requires secret/{UUID}"),
        ("<disk><source><auth><secret type='ceph' usage='u'/></auth></source></disk>", "requires secret/ceph/u"),
        (
            "<hostdev><source><auth><secret type='iscsi' usage='u'/></auth></source></hostdev>",
            "requires secret/iscsi/u",
        ),
        (f"<disk><encryption><secret type='passphrase' uuid='{UUID}'/></encryption></disk>", f"requires secret/{UUID}"),
        ("<disk><source><encryption><secret usage='/v'/></encryption></source></disk>", "requires secret/volume//v"),
        (f"<tpm><backend><encryption secret='{UUID}'/></backend></tpm>", f"requires secret/{UUID}"),
        ("<interface type='network'><source network='n'/></interface>", "requires network/n"),
        ("<interface type='bridge'><filterref filter='f'/></interface>", "requires nwfilter/f"),
        ("<graphics><listen type='network' network='n'/></graphics>", "requires network/n"),
    ],
)
def test_a_guest_needs_what_its_devices_name(devices: str, needed: str) -> None:
    assert needs(guest(f"<devices>{devices}</devices>")) == {needed}


@pytest.mark.parametrize(
    "devices",
    [
        "<interface type='user'/>",
        "<interface type='ethernet'><target dev='tap0'/></interface>",
        "<serial type='pty'/>",
        "<disk type='file'><source file='p/a'/></disk>",
        "<hostdev type='pci'><source/></hostdev>",
        "<hostdev type='mdev'><source><address/></source></hostdev>",
        "<hostdev type='scsi'><source><adapter/></source></hostdev>",
        "<hostdev type='usb'><source><vendor/><product/></source></hostdev>",
        "<hostdev type='net'><source><interface/></source></hostdev>",
        "<interface type='bridge'><source/></interface>",
        "<interface type='ethernet'><target managed='no'/></interface>",
        "<tpm><backend type='emulator'><encryption/></backend></tpm>",
        "<graphics type='vnc'/>",
        "<serial type='tcp'><source mode='connect' host='192.0.2.9' service='4555'/></serial>",
        "<serial type='unix'><source mode='connect' path='/run/s'/></serial>",
        (
            "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='4555'/></serial>"
            "<serial type='tcp'><source mode='connect' host='127.0.0.1' service='4555'/></serial>"
        ),
        "<graphics><listen type='address' address='::'/></graphics>",
        "<disk type='file'><source file='/elsewhere/a'/></disk>",
        "<disk/>",
        "<interface><filterref/></interface>",
    ],
)
def test_a_guest_needs_nothing_for_what_libvirt_does_not_bring_up(devices: str) -> None:
    assert needs(guest(f"<devices>{devices}</devices>"), pool("p", "dir", "/srv/p")) == set()


@pytest.mark.parametrize(
    ("kind", "target", "path", "needed"),
    [
        ("dir", "/srv/p", "/srv/p/a", {"wants pool/p"}),
        ("dir", "/srv/p/", "/srv//p/x/../a", {"wants pool/p"}),
        ("dir", "/srv/p", "/srv/pp/a", set()),
        ("dir", "/srv/p", "/srv/p/../a", set()),
        ("dir", "/", "/srv/a", set()),
        ("dir", "", "/srv/a", set()),
        ("netfs", "/srv/p", "/srv/p/a", {"requires pool/p"}),
        ("fs", "/srv/p", "/srv/p/a", {"requires pool/p"}),
        ("logical", "/dev/vg", "/dev/vg/a", {"wants pool/p"}),
        ("disk", "/dev", "/dev/sda1", set()),
        ("mpath", "/dev/mapper", "/dev/mapper/a", set()),
        ("rbd", "", "/srv/a", set()),
    ],
)
def test_a_path_in_a_pool_is_a_need_that_is_hard_where_the_pool_is_mounted(
    kind: str, target: str, path: str, needed: set[str]
) -> None:
    disk = guest(f"<devices><disk type='file'><source file='{path}'/></disk></devices>")
    assert needs(disk, pool("p", kind, target)) == needed


@pytest.mark.parametrize(
    "body",
    [
        "<devices><disk><source dev='/srv/p/a'/></disk></devices>",
        "<devices><disk><source dir='/srv/p/a'/></disk></devices>",
        f"<devices><disk>{'<backingStore>' * 2}<source file='/srv/p/a'/>{'</backingStore>' * 2}</disk></devices>",
        "<devices><filesystem><source dir='/srv/p/a'/></filesystem></devices>",
        "<os><kernel>/srv/p/vmlinuz</kernel></os>",
        "<os><initrd>/srv/p/initrd</initrd></os>",
        "<os><loader>/srv/p/fd</loader></os>",
        "<os><nvram>/srv/p/vars</nvram></os>",
    ],
)
def test_a_path_counts_wherever_it_stands(body: str) -> None:
    assert needs(guest(body), pool("p", "fs", "/srv/p")) == {"requires pool/p"}


def test_a_path_is_the_innermost_pool_s() -> None:
    disk = guest("<devices><disk><source file='/srv/p/q/a'/></disk></devices>")
    assert needs(disk, pool("p", "dir", "/srv/p"), pool("q", "netfs", "/srv/p/q")) == {"requires pool/q"}


def test_iscsi_pools_share_a_target_and_are_distinguished_by_the_device() -> None:
    pools = [
        pool(name, "iscsi", "/dev/disk/by-path", f"<device path='iqn.2020-01.com.example:{name}'/>")
        for name in ("a", "ab")
    ]
    place = "/dev/disk/by-path/ip-192.0.2.1:3260-iscsi-iqn.2020-01.com.example:ab-lun-1"
    disk = guest(f"<devices><disk type='block'><source dev='{place}'/></disk></devices>")
    assert needs(disk, *pools) == {"requires pool/ab"}


@pytest.mark.parametrize(
    ("inner", "outer", "needed"),
    [
        (pool("q", "dir", "/srv/p/q"), pool("p", "netfs", "/srv/p"), {"requires pool/p"}),
        (pool("q", "dir", "/srv/p/q"), pool("p", "dir", "/srv/p"), {"wants pool/p"}),
        (pool("q", "dir", "/srv/p"), pool("p", "dir", "/srv/p"), set()),
        (pool("q", "fs", "/srv/q", "<device path='/dev/vg/q'/>"), pool("p", "logical", "/dev/vg"), {"wants pool/p"}),
        (pool("q", "netfs", "/srv/q", "<dir path='/srv/p/q'/>"), pool("p", "netfs", "/srv/p"), set()),
    ],
)
def test_a_pool_needs_the_pool_that_it_lies_in(inner: Definition, outer: Definition, needed: set[str]) -> None:
    assert needs(inner, outer) == needed


@pytest.mark.parametrize(
    ("auth", "needed"),
    [
        (f"<auth type='ceph'><secret uuid='{UUID}'/></auth>", {f"requires secret/{UUID}"}),
        ("<auth type='ceph'><secret usage='u'/></auth>", {"requires secret/ceph/u"}),
        ("<auth type='chap'><secret usage='u'/></auth>", {"requires secret/iscsi/u"}),
    ],
)
def test_a_pool_needs_its_secret(auth: str, needed: set[str]) -> None:
    assert needs(pool("p", "rbd", "", auth)) == needed


@pytest.mark.parametrize(
    ("kind", "child"),
    [("ceph", "name"), ("iscsi", "target"), ("volume", "volume"), ("vtpm", "name"), ("tls", "name")],
)
def test_a_secret_is_found_by_what_it_is_for(kind: str, child: str) -> None:
    secret = define(Noun.SECRET, UUID, f"<usage type='{kind}'><{child}>iqn.x:y</{child}></usage>")
    user = guest(f"<devices><disk><auth><secret type='{kind}' usage='iqn.x:y'/></auth></disk></devices>")
    graph = DependencyGraph.of(declared(user, secret))
    assert [edge.needed.driver for edge in graph.edges] == [f"secret/{UUID}"]
    assert graph.unresolved == ()


def test_a_secret_that_nobody_asks_for_by_its_use_offers_nothing() -> None:
    secret = define(Noun.SECRET, UUID, "<usage type='ceph'><name>u</name></usage>")
    assert declared(secret).drivers[0].provides == ()


def test_a_network_that_names_its_own_bridge_does_not_need_itself() -> None:
    lan = define(Noun.NETWORK, "lan", "<forward mode='nat' dev='virbr1'/><bridge name='virbr1'/>")
    assert needs(lan) == {"wants host/virbr1"}


def test_a_filter_needs_the_filters_it_includes() -> None:
    assert needs(define(Noun.NWFILTER, "f", "<filterref filter='g'/><rule/>")) == {"requires nwfilter/g"}


LAN = (
    "<name>lan</name><domain name='example.lan'/>"
    "<ip><dhcp><host mac='52:54:00:00:00:01' ip='10.0.0.9'/><host name='filer' ip='10.0.0.8'/></dhcp></ip>"
    "<dns><host ip='10.0.0.9'><hostname>nas</hostname></host></dns>"
)
CARD = (
    "<devices><interface type='network'><mac address='52:54:00:00:00:01'/><source network='lan'/></interface></devices>"
)


@pytest.mark.parametrize("host", ["filer", "FILER", "filer.example.lan", "filer.example.lan.", "10.0.0.9", "10.0.0.8"])
def test_a_pool_needs_the_guest_that_serves_it(host: str) -> None:
    shared = pool("shared", "netfs", "/srv/shared", f"<host name='{host}'/><dir path='/export'/>")
    assert needs(shared, guest(CARD, "filer"), define(Noun.NETWORK, "lan", LAN)) == {"requires domain/filer"}


def test_a_name_that_a_network_has_for_an_address_leads_to_the_guest_too() -> None:
    shared = pool("shared", "netfs", "/srv/shared", "<host name='nas'/>")
    assert needs(shared, guest(CARD, "filer"), define(Noun.NETWORK, "lan", LAN)) == {"requires domain/filer"}


def test_a_pool_with_several_hosts_wants_those_that_are_guests() -> None:
    shared = pool("shared", "rbd", "", "<host name='mon1'/><host name='mon2'/><host name='outside'/>")
    assert needs(shared, guest("", "mon1"), guest("", "mon2")) == {"wants domain/mon1", "wants domain/mon2"}


def test_a_disk_over_the_network_needs_the_guest_that_serves_it() -> None:
    disk = "<devices><disk type='network'><source protocol='nbd'><host name='filer'/></source></disk></devices>"
    assert needs(guest(disk), guest("", "filer")) == {"requires domain/filer"}
    assert needs(guest(disk, "filer")) == set()


def test_a_guest_may_say_itself_that_it_serves_a_pool() -> None:
    serving = guest("<metadata><tierdeps:serves pool='shared'/></metadata>", "filer")
    assert needs(pool("shared", "netfs"), serving) == {"requires domain/filer"}


@pytest.mark.parametrize("verb", ["after", "before", "requires", "wants", "conflicts"])
@pytest.mark.parametrize(
    "wish", ["<tierdeps:{0} domain='db'/>", "<tierdeps:start><tierdeps:{0} domain='db'/></tierdeps:start>"]
)
def test_the_metadata_of_a_guest_may_ask_for_an_order(verb: str, wish: str) -> None:
    asking = guest(f"<metadata>{wish.format(verb)}</metadata>")
    assert needs(asking, guest("", "db")) == {f"{verb} domain/db"}


def test_other_metadata_is_no_dependency() -> None:
    other = "<metadata><after domain='db'/><x:after xmlns:x='urn:other' domain='db'/></metadata>"
    assert needs(guest(other), guest("", "db")) == set()


def test_a_need_that_is_declared_twice_is_one_and_the_harder_one_holds() -> None:
    disk = "<disk><source pool='p' volume='a'/></disk><disk><source file='/srv/p/a'/></disk>"
    assert needs(guest(f"<devices>{disk}{disk}</devices>"), pool("p", "dir", "/srv/p")) == {"requires pool/p"}


def test_a_need_has_its_line_and_a_reason() -> None:
    element = parse(
        b"<domain>\n<devices>\n<disk>\n<source pool='p' volume='v'/><target dev='vdb'/>\n</disk></devices></domain>"
    )
    (need,) = declared(Definition(Noun.DOMAIN, "web", "qemu/web.xml", element, marked=True)).drivers[0].dependencies
    assert (str(need.origin), need.reason) == ("qemu/web.xml:4", "its disk vdb is the volume v of that pool")


def test_what_is_marked_and_all_that_it_requires_comes_up_and_the_rest_is_disabled() -> None:
    chain = [
        guest("<devices><disk><source pool='p' volume='v'/></disk></devices>"),
        Definition(
            Noun.POOL, "p", "p.xml", parse(f"<x><source><auth><secret uuid='{UUID}'/></auth></source></x>".encode())
        ),
        define(Noun.SECRET, UUID, marked=False),
        define(Noun.NETWORK, "spare", marked=False),
        guest("<metadata><tierdeps:after domain='web'/></metadata>", "old", marked=False),
    ]
    assert declared(*chain).disabled == {"network/spare", "domain/old"}


def test_what_nothing_brings_up_keeps_nobody_from_an_order() -> None:
    old = guest("<devices><interface type='network'><source network='gone'/></interface></devices>", marked=False)
    assert DependencyGraph.of(declared(old)).unresolved == ()
    assert DependencyGraph.of(declared(guest("", "db"), old)).collapse().digest


def test_guests_of_one_name_and_two_hypervisors_are_distinguished() -> None:
    both = [define(Noun.DOMAIN, "web", hypervisor=name) for name in ("qemu", "lxc")]
    assert [driver.name for driver in declared(*both).drivers] == ["domain/web", "domain/lxc/web"]


def test_secrets_that_cannot_be_looked_at_keep_their_place() -> None:
    asking = pool("p", "rbd", "", f"<auth type='ceph'><secret uuid='{UUID}'/></auth>")
    found = declare(Inventory("root", (asking,), {Noun.SECRET: "closed"}))
    assert [driver.name for driver in found.drivers] == ["pool/p", f"secret/{UUID}"]
    assert DependencyGraph.of(found).unresolved == ()


def test_a_value_is_unknown_where_nobody_says() -> None:
    assert define(Noun.SECRET, UUID).value is SecretValue.UNKNOWN
