"""What a check finds of a host whose guests tierdeps starts at boot: no more than what tierdeps does not do either."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, RuleContext
from tierdeps_libvirt import tierdeps_rules
from tierdeps_libvirt._objects import connection
from tierdeps_libvirt._objects.configuration_root import read_root
from tierdeps_libvirt._objects.declare import declare
from tierdeps_libvirt._objects.machine import ThisMachine
from tierdeps_libvirt._ownboot import MARKER, UNIT, OwnBoot, is_owned

if TYPE_CHECKING:
    from tierdeps_libvirt._objects.definition import Inventory

ROOTS = Path(__file__).parent / "roots"


def codes(inventory: Inventory) -> set[str]:
    graph = DependencyGraph.of(declare(inventory)).with_all_facts()
    return {finding.code for rule in tierdeps_rules() for finding in rule.check(RuleContext(graph))}


@pytest.mark.parametrize(
    ("root", "code"),
    [
        ("pool-not-marked", "LV101"),
        ("network-not-marked", "LV102"),
        ("guest-not-marked", "LV103"),
        ("pool-served-by-a-guest", "LV105"),
        ("order-ignored", "LV205"),
    ],
)
def test_what_libvirt_would_not_bring_up_by_itself_is_no_problem_where_tierdeps_does(
    tmp_path: Path, root: str, code: str
) -> None:
    copy = tmp_path / "libvirt"
    shutil.copytree(ROOTS / root, copy, symlinks=True)
    assert code in codes(read_root("libvirt", copy))
    (copy / MARKER).write_text("# Written by tierdeps-libvirt own-boot.\n")
    assert code not in codes(read_root("libvirt", copy))


def test_what_nobody_can_start_is_found_all_the_same(tmp_path: Path) -> None:
    copy = tmp_path / "libvirt"
    shutil.copytree(ROOTS / "secret-without-value", copy, symlinks=True)
    before = codes(read_root("libvirt", copy))
    (copy / MARKER).write_text("# Written by tierdeps-libvirt own-boot.\n")
    assert codes(read_root("libvirt", copy)) == before != set()


@pytest.fixture
def own(tmp_path: Path) -> OwnBoot:
    (tmp_path / "etc/libvirt").mkdir(parents=True)
    own = OwnBoot(tmp_path)
    list(own.install())
    return own


def test_a_host_of_its_own_is_owned_while_all_is_as_it_was_written(own: OwnBoot) -> None:
    assert is_owned(marked=True, here=True, own=own)
    assert not is_owned(marked=False, here=True, own=own)
    own.link.unlink()
    assert not is_owned(marked=True, here=True, own=own)
    assert is_owned(marked=True, here=False, own=own), "a copy has only the marker"


@pytest.mark.parametrize(
    ("command", "owned"),
    [
        ("/opt/bin/tierdeps start --leave-running --jobs 4 /etc/libvirt", True),
        ("tierdeps start qemu:///system", True),
        ("tierdeps start --leave-running /etc/guests.toml", False),
        ("tierdeps check /etc/libvirt", False),
        ("true", False),
    ],
)
def test_a_unit_that_starts_something_else_starts_no_objects(own: OwnBoot, command: str, *, owned: bool) -> None:
    unit = own.root / "etc/systemd/system" / UNIT
    lines = unit.read_text().splitlines()
    unit.write_text("\n".join(f"ExecStart={command}" if line.startswith("ExecStart=") else line for line in lines))
    assert is_owned(marked=True, here=True, own=own) is owned


def test_a_connection_is_owned_as_the_host_is(own: OwnBoot, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = ThisMachine(own.root)
    # not by the module's name, which another test may have imported again
    monkeypatch.setitem(is_owned.__globals__, "OwnBoot", lambda: own)
    assert connection._inventory("qemu:///system", [], machine).owned
    assert not connection._inventory("qemu:///session", [], machine).owned
    own.link.unlink()
    assert not connection._inventory("qemu:///system", [], machine).owned
