"""The dependencies that units have without saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from boot_units import BARE, boot_of, said, write

if TYPE_CHECKING:
    from pathlib import Path

SHUTDOWN = {"Conflicts": {"shutdown.target"}}
#: A unit, what else is in its file, and what it says with some verbs.
BY_DEFAULT = [
    ("a.service", "", {"Requires": {"sysinit.target", "system.slice"}, "Before": {"shutdown.target"}, **SHUTDOWN}),
    ("a.service", "", {"After": {"sysinit.target", "basic.target", "system.slice", "systemd-journald.socket"}}),
    ("a.socket", "[Socket]\nListenStream=1", {"Before": {"sockets.target", "a.service", "shutdown.target"}}),
    ("a.socket", "[Socket]\nListenStream=1", {"After": {"sysinit.target", "system.slice"}, **SHUTDOWN}),
    ("a.timer", "[Timer]\nOnBootSec=1", {"Before": {"timers.target", "a.service", "shutdown.target"}}),
    ("a.timer", "[Timer]\nOnBootSec=1", {"After": {"sysinit.target"}, "Triggers": {"a.service"}}),
    ("a.timer", "[Timer]\nOnCalendar=daily", {"After": {"sysinit.target", "time-set.target", "time-sync.target"}}),
    ("a.path", "[Path]\nPathExists=/x", {"Before": {"paths.target", "a.service", "shutdown.target"}}),
    ("a.target", "", {"Before": {"shutdown.target"}, "After": set(), **SHUTDOWN}),
    ("a.slice", "", {"After": {"-.slice"}, "Requires": {"-.slice"}, "Before": {"shutdown.target"}}),
    ("a-b.slice", "", {"After": {"a.slice"}, "Requires": {"a.slice"}}),
    ("a@1.service", "", {"After": {"sysinit.target", "basic.target", "system-a.slice", "systemd-journald.socket"}}),
    ("a-b@1.service", "", {"Requires": {"sysinit.target", "system-a\\x2db.slice"}}),
    ("x.automount", "[Automount]\nWhere=/x", {"Before": {"local-fs.target", "umount.target", "x.mount"}}),
    ("x.automount", "[Automount]\nWhere=/x", {"After": {"local-fs-pre.target", "-.mount"}, "Triggers": {"x.mount"}}),
    ("x.swap", "[Swap]\nWhat=/x", {"Before": {"swap.target", "umount.target"}, "Conflicts": {"umount.target"}}),
]
MOUNT = "[Mount]\nWhere=/x\nWhat="
MOUNTS = [
    ("/dev/sda1", {"Requires": {"system.slice", "dev-sda1.device"}, "Before": {"local-fs.target", "umount.target"}}),
    ("UUID=1-2", {"Requires": {"system.slice", "dev-disk-by\\x2duuid-1\\x2d2.device"}}),
    ("/dev/sda1\nOptions=nofail", {"Before": {"umount.target"}}),
    ("/dev/sda1\nOptions=x-systemd.device-bound", {"BindsTo": {"dev-sda1.device"}}),
    ("tmpfs\nType=tmpfs", {"Requires": {"system.slice"}, "After": {"local-fs-pre.target", "swap.target"}}),
    ("h:/x\nType=nfs", {"Before": {"remote-fs.target", "umount.target"}, "Wants": {"network-online.target"}}),
    ("h:/x\nType=nfs", {"After": {"remote-fs-pre.target", "network.target", "network-online.target"}}),
    ("/dev/sda1\nOptions=_netdev", {"Before": {"remote-fs.target", "umount.target"}}),
    ("/dev/sda1\nOptions=usrquota", {"Wants": {"systemd-quotacheck.service", "quotaon.service"}}),
    ("/srv/y\nOptions=bind", {"Requires": {"system.slice"}}),
]
#: Lines of a service, and what they add.
SETTINGS = [
    ("Slice=a.slice", "Requires", {"a.slice"}),
    ("PrivateTmp=yes", "Wants", {"tmp.mount"}),
    ("PrivateTmp=yes", "After", {"systemd-tmpfiles-setup.service", "tmp.mount"}),
    ("StateDirectory=x", "After", {"systemd-remount-fs.service", "-.mount"}),
    ("RootImage=/x", "After", {"systemd-udevd.service", "-.mount"}),
    ("LogNamespace=n", "Requires", {"systemd-journald@n.socket", "systemd-journald-varlink@n.socket"}),
    ("BusName=org.x", "Requires", {"dbus.socket"}),
    ("Type=dbus\nBusName=org.x", "After", {"dbus.socket"}),
    ("Sockets=a.socket b.socket", "Wants", {"a.socket", "b.socket"}),
    ("WorkingDirectory=/srv", "After", {"-.mount"}),
    ("WorkingDirectory=-/srv", "After", {"-.mount"}),
]


def unit(root: Path, name: str, text: str) -> Path:
    """Write a unit that has a file, or its template, and what brings an instance in."""
    file = name.replace("@1", "@")
    default = "[Mount]\nWhere=/x\n" if name.endswith(".mount") else ""
    return write(root, {file: text or default, "all.target": f"{BARE}After={name} {name}"})


@pytest.mark.parametrize(("name", "text", "expected"), BY_DEFAULT)
def test_each_type_has_its_defaults(tmp_path: Path, name: str, text: str, expected: dict[str, set[str]]) -> None:
    boot = boot_of(write(unit(tmp_path, name, text or "[Unit]\n"), {"-.mount": "[Mount]\nWhat=/dev/x\nWhere=/\n"}))
    for verb, targets in expected.items():
        assert said(boot, name, verb) >= targets, verb


@pytest.mark.parametrize(("what", "expected"), MOUNTS)
def test_a_mount_depends_on_what_it_mounts(tmp_path: Path, what: str, expected: dict[str, set[str]]) -> None:
    boot = boot_of(write(tmp_path, {"x.mount": f"{MOUNT}{what}\n"}))
    for verb, targets in expected.items():
        found = said(boot, "x.mount", verb)
        assert found == targets if verb in {"Before", "Wants", "BindsTo"} else found >= targets, verb


@pytest.mark.parametrize(("lines", "verb", "targets"), SETTINGS)
def test_settings_of_a_service_add_dependencies(tmp_path: Path, lines: str, verb: str, targets: set[str]) -> None:
    bare = said(boot_of(write(tmp_path / "bare", {"a.service": BARE})), "a.service", verb)
    assert not targets & bare - {"-.mount"}
    boot = boot_of(write(tmp_path / "set", {"a.service": f"{BARE}[Service]\n{lines}\n"}))
    assert said(boot, "a.service", verb) >= targets


@pytest.mark.parametrize("lines", ["PrivateTmp=disconnected", "DynamicUser=yes", "PrivateTmp=no"])
def test_temporary_files_that_are_nowhere_else_need_no_folder(tmp_path: Path, lines: str) -> None:
    boot = boot_of(write(tmp_path, {"a.service": f"{BARE}[Service]\n{lines}\n"}))
    assert not {"tmp.mount", "systemd-tmpfiles-setup.service"} & said(boot, "a.service", "After")


@pytest.mark.parametrize(("value", "verb"), [("/srv/x", "Requires"), ("-/srv/x", "Wants")])
def test_a_folder_that_may_be_absent_is_wanted(tmp_path: Path, value: str, verb: str) -> None:
    text = f"{BARE}[Service]\nWorkingDirectory={value}\n"
    write(tmp_path, {"srv.mount": f"{BARE}[Mount]\nWhere=/srv\n", "a.service": text})
    assert "srv.mount" in said(boot_of(tmp_path), "a.service", verb)


@pytest.mark.parametrize("lines", ["StandardOutput=null", "StandardInput=tty", "StandardOutput=file:/x"])
def test_what_is_not_logged_needs_no_journal(tmp_path: Path, lines: str) -> None:
    boot = boot_of(write(tmp_path, {"a.service": f"{BARE}[Service]\n{lines}\n"}))
    assert "systemd-journald.socket" not in said(boot, "a.service", "After")


@pytest.mark.parametrize("name", ["a.service", "a.socket", "a.timer", "a.path", "a.target", "a.slice", "x.mount"])
def test_without_default_dependencies_there_are_none(tmp_path: Path, name: str) -> None:
    boot = boot_of(unit(tmp_path, name, BARE))
    found = {link.target for link in boot.links if link.unit == name}
    assert not found & {"sysinit.target", "basic.target", "shutdown.target", "local-fs.target", "umount.target"}


def test_a_target_comes_after_what_it_pulls_in(tmp_path: Path) -> None:
    files = {"t.target": "[Unit]\nWants=a.service b.service c.service\nBefore=c.service\n"}
    write(tmp_path, {**files, "a.service": "[Unit]\n", "b.service": BARE, "c.service": "[Unit]\n"})
    assert said(boot_of(tmp_path), "t.target", "After") == {"a.service"}


def test_a_target_without_defaults_comes_after_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"t.target": f"{BARE}Wants=a.service\n", "a.service": "[Unit]\n"})
    assert said(boot_of(tmp_path), "t.target", "After") == set()


@pytest.mark.parametrize(("key", "verb"), [("RequiresMountsFor", "Requires"), ("WantsMountsFor", "Wants")])
def test_a_path_needs_the_mounts_above_it(tmp_path: Path, key: str, verb: str) -> None:
    mounts = dict.fromkeys(("srv.mount", "srv-a.mount", "srv-b.mount", "tmp.mount"), f"{BARE}[Mount]\nWhat=tmpfs\n")
    write(tmp_path, {**mounts, "s.service": f"{BARE}{key}=/srv/a/x /tmp/y\n"})
    boot = boot_of(tmp_path)
    assert said(boot, "s.service", "After") >= {"srv.mount", "srv-a.mount", "tmp.mount", "-.mount"}
    assert said(boot, "s.service", verb) - {"system.slice"} == {"srv.mount", "srv-a.mount"}


def test_a_path_of_a_mount_that_is_there_later_counts(tmp_path: Path) -> None:
    write(
        tmp_path, {"srv.mount": "[Mount]\nWhere=/srv\nWhat=tmpfs\n", "srv-a.mount": "[Mount]\nWhere=/srv/a\nWhat=x\n"}
    )
    assert said(boot_of(tmp_path), "srv-a.mount", "Requires") >= {"srv.mount"}


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("socket", "ListenStream=/srv/x"),
        ("socket", "ListenFIFO=/srv/x"),
        ("path", "PathExistsGlob=/srv/x*"),
        ("path", "DirectoryNotEmpty=/srv/x"),
    ],
)
def test_sockets_and_paths_need_their_folders(tmp_path: Path, section: str, line: str) -> None:
    text = f"{BARE}[{section.title()}]\n{line}\n"
    write(tmp_path, {"srv.mount": f"{BARE}[Mount]\nWhere=/srv\n", f"a.{section}": text})
    assert "srv.mount" in said(boot_of(tmp_path), f"a.{section}", "Requires")


def test_a_timer_that_remembers_needs_the_folder_for_it(tmp_path: Path) -> None:
    write(tmp_path, {"var.mount": f"{BARE}[Mount]\nWhere=/var\n", "a.timer": f"{BARE}[Timer]\nPersistent=yes\n"})
    assert said(boot_of(tmp_path), "a.timer", "Requires") == {"var.mount"}


def test_a_socket_that_accepts_does_not_wait_for_a_service(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a.socket": f"{BARE}[Socket]\nListenStream=1\nAccept=yes\n", "b.timer": f"{BARE}[Timer]\nUnit=c.target"},
    )
    boot = boot_of(tmp_path)
    assert said(boot, "a.socket", "Triggers") == set()
    assert said(boot, "b.timer", "Triggers") == {"c.target"}


def test_an_empty_entry_clears_a_list_that_can_be_cleared(tmp_path: Path) -> None:
    files = {"srv.mount": f"{BARE}[Mount]\nWhere=/srv\n"}
    write(tmp_path, {**files, "a.socket": f"{BARE}[Socket]\nListenStream=/srv/x\nListenStream=\n"})
    assert "srv.mount" not in said(boot_of(tmp_path), "a.socket", "Requires")


def test_an_empty_dependency_clears_none(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": f"{BARE}After=b.target\nAfter=\n"})
    assert "b.target" in said(boot_of(tmp_path), "a.service", "After")


def test_units_without_a_file_are_made(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": f"{BARE}BindsTo=dev-x.device\n[Service]\nSlice=a-b.slice"})
    boot = boot_of(tmp_path)
    assert boot.units.keys() >= {"dev-x.device", "a-b.slice", "a.slice", "-.slice", "-.mount", "init.scope"}
