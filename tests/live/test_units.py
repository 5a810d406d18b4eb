"""Units of Debian's packages: the order that systemd loads is the order that is found."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, Source
from tierdeps_boot.systemd import IMPORTER
from tierdeps_boot.systemd.dump import load

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Packages with units, each of a few of them.
PACKAGES = frozenset(
    """
accountsservice apache2 apparmor avahi-daemon bluez chrony cloud-init cron cryptsetup cups-browsed cups-daemon dbus
dbus-system-bus-common dnsmasq e2fsprogs firewalld fwupd gpm haproxy ifupdown iscsid kdump-tools
keyboard-configuration libvirt-daemon-system logrotate lvm2 man-db mdadm modemmanager multipath-tools
network-manager nfs-common nfs-kernel-server nginx-common open-iscsi openssh-server plymouth polkitd postfix
postgresql-common redis-server rpcbind rsyslog sysstat systemd systemd-container systemd-resolved systemd-timesyncd
udev udisks2 unattended-upgrades unbound util-linux wpasupplicant
""".split()  # noqa: SIM905  sixty lines otherwise
)
FOLDERS = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
SYSTEMD = next((path for path in ("/usr/bin/systemd", "/lib/systemd/systemd") if Path(path).exists()), None)
NOBODY = 65534
#: The share of systemd's order that is to be found.
GOAL = 0.99

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.environ.get("TIERDEPS_LIVE") != "1", reason="packages are fetched with TIERDEPS_LIVE=1"),
    pytest.mark.skipif(SYSTEMD is None or os.geteuid() != 0, reason="to be tried with systemd of Debian, as root"),
]


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    """Unpack the units of Debian's packages, where systemd can read them without being root."""
    with tempfile.TemporaryDirectory(prefix="tierdeps-units-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "packages").mkdir()
        known = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True, check=True).stdout.split()  # noqa: S607
        wanted = sorted(PACKAGES.intersection(known))
        fetch = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *wanted]
        subprocess.run(fetch, cwd=folder / "packages", check=True, timeout=120)
        for package in sorted((folder / "packages").glob("*.deb")):
            unpack(package, folder / "tree")
        yield folder / "tree"


def unpack(package: Path, tree: Path) -> None:
    tree.mkdir(exist_ok=True)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as unpacked:  # noqa: S607
        patterns = [f"./{folder}*" for folder in FOLDERS]
        # exits 2 for a package without units
        subprocess.run(
            ["tar", "-x", "-C", str(tree), "--wildcards", *patterns],  # noqa: S607
            stdin=unpacked.stdout,
            stderr=subprocess.DEVNULL,
            check=False,
        )


def all_loaded(tree: Path) -> str:
    """Return systemd's own view of all units; a unit that comes after them all has it load them."""
    names = sorted({path.name for folder in FOLDERS for path in (tree / folder).glob("*.*") if path.suffix != ".d"})
    units = [name for name in names if "@." not in name and not name.endswith((".wants", ".requires"))]
    extra = tree.parent / "extra"
    extra.mkdir(exist_ok=True)
    lines = [f"After={name}" for name in units]
    (extra / "zz-all.target").write_text("\n".join(["[Unit]", "DefaultDependencies=no", *lines]))
    return dump(tree, "zz-all.target")


def dump(tree: Path, target: str) -> str:
    """Return what systemd would boot: its units, and its jobs for a target."""
    assert SYSTEMD is not None
    extra = tree.parent / "extra"
    extra.mkdir(exist_ok=True)
    searched = ":".join(str(path) for path in (extra, *(tree / folder for folder in FOLDERS)))
    environment = {"SYSTEMD_UNIT_PATH": searched, "SYSTEMD_GENERATOR_PATH": str(extra), "HOME": "/"}
    done = subprocess.run(
        [SYSTEMD, "--test", "--system", f"--unit={target}"],
        env={**environment, "PATH": os.environ["PATH"]},
        user=NOBODY,
        group=NOBODY,
        extra_groups=(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "-> Unit" in done.stdout, done.stderr
    return done.stdout


def test_the_order_that_systemd_loads_is_found(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boot, _ = load(all_loaded(tree), "dump")
    found = DependencyGraph.of(IMPORTER.read(Source("tree", tree)))
    both = boot.units.keys() & found.drivers.keys()
    order = {(link.unit, link.target) for link in boot.links if link.verb == "After"}
    order |= {(link.target, link.unit) for link in boot.links if link.verb == "Before"}
    expected = {(later, earlier) for later, earlier in order if later in both and earlier in both}
    ours = {(edge.dependent.driver, edge.needed.driver) for edge in found.edges}
    missing, added = sorted(expected - ours), sorted(pair for pair in ours - expected if both.issuperset(pair))
    share = 1 - len(missing) / len(expected)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(both)} units, {len(expected)} pairs: {share:.1%} found, {len(added)} added\n")
    assert len(both) > 200
    assert len(expected) > 1000
    assert share >= GOAL, missing[:20]
    assert len(added) <= len(expected) * (1 - GOAL), added[:20]


def test_what_is_active_is_what_systemd_has_a_start_job_for(tree: Path) -> None:
    jobs = set(re.findall(r"Action: (\S+) -> start", dump(tree, "default.target")))
    active = DependencyGraph.of(IMPORTER.read(Source("tree", tree))).active.drivers.keys()
    assert jobs == active - {"-.slice", "system.slice"}  # which run already


def test_no_unit_that_systemd_loads_is_omitted(tree: Path) -> None:
    boot, _ = load(all_loaded(tree), "dump")
    drivers = {driver.name for driver in IMPORTER.read(Source("tree", tree)).drivers}
    devices = {name for name in boot.units if name.endswith((".device", ".mount", ".swap"))}  # those of this machine
    assert boot.units.keys() - drivers - devices == {"zz-all.target"}


def test_the_cycle_of_kdump_tools_ifupdown_and_firewalld_is_found(tree: Path) -> None:
    found = DependencyGraph.of(IMPORTER.read(Source("tree", tree)))
    members = {name for cycle in found.cycles() for name in cycle.members}
    assert members >= {"basic.target", "kdump-tools.service", "networking.service", "firewalld.service"}


def test_systemd_analyze_verify_does_not_show_it_for_a_unit_in_it(tree: Path) -> None:
    assert shutil.which("systemd-analyze") is not None
    searched = ":".join(str(tree / folder) for folder in FOLDERS)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "firewalld.service"],  # noqa: S607
        env={"SYSTEMD_UNIT_PATH": searched, "PATH": os.environ["PATH"], "HOME": "/"},
        user=NOBODY,
        group=NOBODY,
        extra_groups=(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "cycle" not in done.stderr
