"""Init scripts of Debian's packages: insserv starts them in the order that is found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, Source
from tierdeps_boot.lsb import IMPORTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Declarations

#: insserv, and packages with scripts.
PACKAGES = frozenset(
    """
acpid apache2 at avahi-daemon chrony console-setup-linux cron cryptsetup dbus dnsmasq exim4-base haproxy ifupdown
initscripts insserv keyboard-configuration kmod lightdm mdadm nfs-common nfs-kernel-server nginx-common openssh-server
plymouth postgresql-common procps redis-server rpcbind rsyslog smartmontools sudo sysv-rc sysvinit-core udev unbound
x11-common
""".split()  # noqa: SIM905  forty lines otherwise
)
LEVELS = "S0123456"
#: The share of scripts that are to start at the step at which insserv starts them.
GOAL = 0.95
_SEQUENCE = re.compile(r"S:(\d+):([^:]*):(.*)")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.environ.get("TIERDEPS_LIVE") != "1", reason="packages are fetched with TIERDEPS_LIVE=1"),
    pytest.mark.skipif(
        not Path("/usr/bin/apt-get").exists() or os.geteuid() != 0, reason="to be tried on Debian, as root"
    ),
]


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    """Unpack the packages, without what makes insserv start a script alone: that is no dependency."""
    with tempfile.TemporaryDirectory(prefix="tierdeps-scripts-") as name:
        folder = Path(name)
        known = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True, check=True).stdout.split()  # noqa: S607
        fetch = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *sorted(PACKAGES.intersection(known))]
        subprocess.run(fetch, cwd=folder, check=True, timeout=120)
        for package in sorted(folder.glob("*.deb")):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(folder / "tree")], check=True)  # noqa: S607
        etc = folder / "tree/etc"
        for path in (etc / "insserv.conf", *(etc / "init.d").iterdir()):
            if path.is_file() and not path.is_symlink():
                lines = path.read_text(errors="surrogateescape").splitlines(keepends=True)
                path.write_text("".join(line for line in lines if "nteractive" not in line), errors="surrogateescape")
        yield folder / "tree"


def insserv(tree: Path) -> dict[str, int]:
    """Return the step at which insserv starts each script; it is asked what it would do, and changes nothing."""
    etc = tree / "etc"
    for folder in (etc / "insserv/overrides", *(etc / f"rc{level}.d" for level in LEVELS)):
        folder.mkdir(parents=True, exist_ok=True)
    scripts = sorted(path.name for path in (etc / "init.d").iterdir() if path.is_file() and not path.is_symlink())
    program = next(path for path in (tree / "usr/sbin/insserv", tree / "sbin/insserv") if path.exists())
    options = ("--dry-run", "--show-all", "--default", "--config", str(etc / "insserv.conf"))
    folders = ("--override", str(etc / "insserv/overrides"), "--path", str(etc / "init.d"))
    done = subprocess.run(
        [program, *options, *folders, *scripts], capture_output=True, text=True, check=False, timeout=60
    )
    lines = (done.stdout + done.stderr).splitlines()
    return {match[3]: int(match[1]) for line in lines if (match := _SEQUENCE.fullmatch(line))}


def steps(declarations: Declarations) -> dict[str, int]:
    """Return the step at which each script starts, if each starts as soon as it may within its tier."""
    tiers = {driver.name: driver.tier for driver in declarations.drivers}
    graph = DependencyGraph.of(declarations)
    needed: dict[str, list[str]] = {name: [] for name in tiers}
    for edge in graph.edges:
        if tiers[edge.needed.driver] == tiers[edge.dependent.driver]:
            needed[edge.dependent.driver].append(edge.needed.driver)
    found: dict[str, int] = {}
    for tier in graph.collapse().tiers:
        for name in tier.drivers:
            found[name] = 1 + max((found[other] for other in needed[name]), default=0)
    return found


def test_insserv_starts_the_same_scripts_in_the_same_order(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declarations = IMPORTER.read(Source("scripts", tree / "etc/init.d"))
    sequence, computed = insserv(tree), steps(declarations)
    assert computed.keys() <= sequence.keys()
    tiers = {driver.name: driver.tier for driver in declarations.drivers}
    for edge in DependencyGraph.of(declarations).edges:
        needed, dependent = edge.needed.driver, edge.dependent.driver
        assert tiers[needed] != tiers[dependent] or sequence[needed] < sequence[dependent], edge
    same = [name for name in computed if sequence[name] == computed[name]]
    with capsys.disabled():
        sys.stdout.write(f"\n{len(same)} of {len(computed)} scripts start at the step at which insserv starts them\n")
    # a script that starts in the level 1 too is counted there together with those that start in no other
    assert len(computed) > 40
    assert len(same) >= GOAL * len(computed)
