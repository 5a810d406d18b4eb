"""What a connection, or this host itself, says of what is up now: findings that no folder can give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, Finding, RuleContext, Severity, replace
from tierdeps_libvirt import tierdeps_rules
from tierdeps_libvirt._markup import parse
from tierdeps_libvirt._objects.activation import CHECKS
from tierdeps_libvirt._objects.declare import declare
from tierdeps_libvirt._objects.definition import Definition, Inventory, Noun
from tierdeps_libvirt._objects.machine import Machine, ThisMachine

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "qemu:///system"
VOLUME = "<domain><devices><disk type='volume'><source pool='p' volume='v'/></disk></devices></domain>"


def defined(noun: Noun, name: str, xml: str, **more: object) -> Definition:
    return replace(Definition(noun, name, ADDRESS, parse(xml.encode()), lines=False), **more)


def pool(kind: str = "dir", target: str = "/srv/p", source: str = "", **more: object) -> Definition:
    where = f"<target><path>{target}</path></target>"
    return defined(Noun.POOL, "p", f"<pool type='{kind}'><source>{source}</source>{where}</pool>", **more)


def guest(name: str = "web", xml: str = VOLUME, *, running: bool = True, marked: bool = True) -> Definition:
    live = parse(xml.encode()) if running else None
    return defined(Noun.DOMAIN, name, xml, active=running, live=live, marked=marked)


def findings(*definitions: Definition, **more: object) -> list[Finding]:
    inventory = replace(Inventory(ADDRESS, definitions, address=ADDRESS), **more)
    graph = DependencyGraph.of(declare(inventory)).with_all_facts()
    return [finding for rule in tierdeps_rules() for finding in rule.check(RuleContext(graph))]


def codes(found: list[Finding]) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in found}


def test_a_guest_that_runs_on_a_pool_that_is_not_active_will_be_killed() -> None:
    finding = next(one for one in findings(guest(), pool("netfs", active=False)) if one.code == "LV108")
    assert finding.severity is Severity.ERROR
    assert "pool/p is not active, and domain/web runs on it: restarting libvirt's daemon kills" in finding.message
    assert finding.fixes[0].summary.endswith("virsh -c qemu:///system pool-start p")


@pytest.mark.parametrize(("kind", "marked"), [("netfs", True), ("dir", False)])
def test_libvirtd_makes_some_pools_active_first_and_virtqemud_does_not(
    tmp_path: Path, kind: str, *, marked: bool
) -> None:
    definitions = guest(), pool(kind, active=False, marked=marked)
    (tmp_path / "srv/p").mkdir(parents=True)
    machine = ThisMachine(tmp_path)
    finding = next(one for one in findings(*definitions, machine=machine) if one.code == "LV108")
    assert finding.severity is Severity.WARNING
    assert "restarting virtqemud kills it; libvirtd, as a single daemon" in finding.message
    (tmp_path / "run/libvirt").mkdir(parents=True)
    (tmp_path / "run/libvirt/virtqemud-sock").touch()
    finding = next(one for one in findings(*definitions, machine=ThisMachine(tmp_path)) if one.code == "LV108")
    assert finding.severity is Severity.ERROR


def test_so_will_one_that_is_defined_nowhere() -> None:
    passing = replace(guest("gone"), element=None)
    (finding,) = findings(pool(active=False, marked=True), passing=(passing,))
    assert "domain/gone runs on it" in finding.message


@pytest.mark.parametrize(
    "definitions",
    [
        (guest(), pool(active=True, marked=True)),
        (guest(running=False), pool(active=False, marked=True)),
        (guest(), pool(marked=True)),
    ],
    ids=["the pool is active", "the guest is off", "unknown"],
)
def test_others_will_not(definitions: tuple[Definition, ...]) -> None:
    assert findings(*definitions) == []


def test_a_pool_that_is_active_and_was_unmounted_is_no_better(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    mounts = tmp_path / "proc/self/mounts"
    mounts.write_text("nas:/export /srv/p nfs rw 0 0\n")
    definitions = guest(), pool("netfs", active=True, marked=True)
    assert findings(*definitions, machine=ThisMachine(tmp_path)) == []
    mounts.write_text("tmpfs /run tmpfs rw 0 0\n")
    (finding,) = findings(*definitions, machine=ThisMachine(tmp_path))
    assert "pool/p is active, and nothing is mounted at /srv/p, and domain/web runs on it" in finding.message


SOURCES = {
    "dir": "",
    "disk": "<device path='/dev/sdb'/>",
    "logical": "<name>vg</name>",
    "mpath": "",
    "scsi": "<adapter name='scsi_host3'/>",
    "zfs": "<name>tank</name>",
}


@pytest.mark.parametrize(("kind", "source"), SOURCES.items())
def test_a_pool_that_libvirt_finds_up_by_itself_is_a_warning(kind: str, source: str) -> None:
    found = findings(guest(running=False), pool(kind, "/srv/p", source))
    assert codes(found)["LV101"] is Severity.WARNING
    assert set(SOURCES) == set(CHECKS)


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("fs", "<device path='/dev/sdb1'/>"),
        ("netfs", ""),
        ("iscsi", "<device path='iqn.2020-01.com.example:a'/>"),
        ("iscsi-direct", ""),
        ("vstorage", ""),
        ("scsi", "<adapter type='fc_host' wwnn='1' wwpn='2'/>"),
        ("disk", "<device/>"),
        ("disk", ""),
    ],
)
def test_any_other_pool_is_an_error(kind: str, source: str) -> None:
    assert codes(findings(guest(running=False), pool(kind, "/srv/p", source))) == {"LV101": Severity.ERROR}


def test_an_adapter_may_be_named_by_its_address() -> None:
    adapter = "<adapter type='scsi_host'><parentaddr unique_id='1'><address bus='6' slot='2'/></parentaddr></adapter>"
    (finding,) = findings(guest(running=False), pool("scsi", source=adapter))
    assert (finding.code, finding.severity) == ("LV101", Severity.WARNING)
    assert finding.evidence[-1].text.endswith("active where the adapter is there")


def test_a_pool_in_a_mount_is_an_error_and_one_in_a_folder_is_not() -> None:
    inner = pool("dir", "/srv/q/p")
    for kind, severity in (("netfs", Severity.ERROR), ("dir", Severity.WARNING)):
        outer = defined(Noun.POOL, "q", f"<pool type='{kind}'><target><path>/srv/q</path></target></pool>", marked=True)
        assert codes(findings(guest(running=False), inner, outer)) == {"LV101": severity}


def test_a_pool_whose_folder_is_gone_is_an_error(tmp_path: Path) -> None:
    machine = ThisMachine(tmp_path)
    assert codes(findings(guest(running=False), pool(), machine=machine)) == {"LV101": Severity.ERROR}
    (tmp_path / "srv/p").mkdir(parents=True)
    assert codes(findings(guest(running=False), pool(), machine=machine)) == {"LV101": Severity.WARNING}


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("/dev/sdb1 /srv/p ext4 defaults 0 2", Severity.WARNING),
        ("/dev/sdb1 /srv/p ext4 noauto,ro 0 2", Severity.ERROR),
        ("#/dev/sdb1 /srv/p ext4 defaults 0 2", Severity.ERROR),
        ("/dev/sdb1 /srv ext4", Severity.ERROR),
        ("", Severity.ERROR),
    ],
)
def test_a_file_system_that_the_host_mounts_by_itself_is_a_warning(
    tmp_path: Path, line: str, severity: Severity
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/fstab").write_text(f"# the mounts\n{line}\n")
    machine = ThisMachine(tmp_path)
    assert codes(findings(guest(running=False), pool("fs"), machine=machine)) == {"LV101": severity}


CARD = "<domain><devices><interface type='bridge'><source bridge='br0'/></interface></devices></domain>"


def test_a_bridge_of_the_host_is_missed_where_the_host_can_be_looked_at(tmp_path: Path) -> None:
    bridged = guest("web", CARD, running=False)
    assert findings(bridged, machine=Machine()) == []
    (finding,) = findings(bridged, machine=ThisMachine(tmp_path))
    assert (finding.code, finding.severity) == ("LV204", Severity.WARNING)
    assert finding.drivers == ("host/br0", "domain/web")
    (tmp_path / "sys/class/net/br0").mkdir(parents=True)
    assert findings(bridged, machine=ThisMachine(tmp_path)) == []


def test_whether_a_device_is_there_is_a_fact(tmp_path: Path) -> None:
    inventory = Inventory(ADDRESS, (guest("web", CARD, running=False),), machine=ThisMachine(tmp_path))
    assert declare(inventory).facts["host.br0"] is False
    assert "host.br0" not in declare(replace(inventory, machine=Machine())).facts


def test_advice_names_the_connection_and_the_folder_that_were_given() -> None:
    (finding,) = findings(guest(running=False), pool("netfs"))
    assert [fix.summary for fix in finding.fixes] == [
        "mark it: virsh -c qemu:///system pool-autostart p",
        "have tierdeps start it, and what it needs: tierdeps start --leave-running qemu:///system",
    ]
    (finding,) = findings(guest(running=False), pool("netfs"), address="", source="a root")
    assert [fix.summary for fix in finding.fixes] == [
        "mark it: virsh pool-autostart p",
        "have tierdeps start it, and what it needs: tierdeps start --leave-running 'a root'",
    ]


DISK = "<disk><driver type='qcow2'/><source file='/a/top'/><target dev='vda'/>{}</disk>"
OVERLAY = f"<domain><devices>{DISK}</devices></domain>"


def needs(definition: Definition, *others: Definition, machine: Machine) -> set[str]:
    found = declare(Inventory(ADDRESS, (definition, *others), machine=machine)).drivers[0].dependencies
    return {f"{need.kind} {need.target}" for need in found}


def test_an_image_below_is_known_by_the_guest_while_it_runs() -> None:
    chain = "<backingStore type='file'><source file='/srv/p/base'/></backingStore>"
    kept, live = (parse(OVERLAY.format(below).encode()) for below in ("", chain))
    web = Definition(Noun.DOMAIN, "web", ADDRESS, kept, lines=False, live=live)
    assert needs(web, pool("netfs"), machine=Machine()) == {"requires pool/p"}
    other = parse(OVERLAY.format(chain).replace("/a/top", "/a/other").encode())
    assert needs(replace(web, live=other), pool("netfs"), machine=Machine()) == set()
    assert needs(replace(web, live=None), pool("netfs"), machine=Machine()) == set()


WANTS = "<metadata><t:{verb} xmlns:t='urn:tierdeps:libvirt:1' {noun}='{name}'/></metadata>"


@pytest.mark.parametrize(("verb", "found"), [("wants", True), ("requires", False), ("after", False)])
@pytest.mark.parametrize(("noun", "name"), [("domain", "db"), ("pool", "p")])
def test_what_is_only_wanted_and_not_marked_is_started_by_nothing(
    verb: str, noun: str, name: str, *, found: bool
) -> None:
    asking = guest(xml=f"<domain>{WANTS.format(verb=verb, noun=noun, name=name)}</domain>", running=False)
    others = guest("db", "<domain/>", running=False, marked=False), pool("netfs")
    texts = [one.message for one in findings(asking, *others) if one.code == "LV205"]
    assert [text.startswith(f"domain/web wants {noun}/{name}, which is not started at boot") for text in texts] == [
        True
    ] * found


def test_what_is_wanted_and_marked_comes_up() -> None:
    asking = guest(xml=f"<domain>{WANTS.format(verb='wants', noun='pool', name='p')}</domain>", running=False)
    assert findings(asking, pool("netfs", marked=True)) == []
