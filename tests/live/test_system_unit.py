"""The unit that ``tierdeps service-unit`` prints, run by systemd as the first process of a system."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.host import booted
from tests.live.host.booted import BOOT_S, Booted
from tests.live.host.world import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.environ.get("TIERDEPS_LIVE") != "1", reason="a system is booted with TIERDEPS_LIVE=1"),
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("systemd-nspawn"), reason="to be tried with systemd-container, as root"
    ),
]

ACCOUNT = "shop"
HOME = "/etc/shop"
BOOT_ID = "/proc/sys/kernel/random/boot_id"
STATE = ("XDG_STATE_HOME=/var/lib/shop", "XDG_RUNTIME_DIR=/run/shop")
GRAPH = """
[drivers.database]
command = ["sh", "-c", "sleep 2; touch $STATE_DIRECTORY/ready; exec sleep 1000"]
ready = "exec:test -e /var/lib/shop/ready"

[drivers.site]
requires = ["database"]
command = ["sleep", "1000"]
"""
#: A service of root whose processes have accounts of their own.
ACCOUNTS = f"""
[drivers.site]
user = "{ACCOUNT}"
command = ["sleep", "1000"]
"""
BROKEN = '[drivers.database]\ncommand = ["false"]\n'


class Shop:
    """The service ``shop`` of a booted system."""

    def __init__(self, system: Booted, python: str, path: str) -> None:
        self.system = system
        self._python = python
        #: What the Python of the system has to find.
        self._path = f"PYTHONPATH={path}"

    def install(self, graph: str, *options: str, service: str = "") -> None:
        """Write a graph and the unit of it that service-unit prints, with more lines about the service."""
        self.write(graph)
        words = ("service-unit", "--name", "shop", *options, f"{HOME}/shop.toml")
        text = self.tierdeps(*words, check=True)[1]
        text = text.replace("[Service]\n", f"[Service]\nEnvironment={self._path}\n{service}")
        self.system.path("/etc/systemd/system/shop.service").write_text(text)
        self.systemctl("daemon-reload")

    def write(self, graph: str) -> None:
        self.system.path(f"{HOME}/shop.toml").write_text(graph)

    def tierdeps(self, *words: str, user: str = "root", check: bool = False) -> tuple[int, str]:
        """Run tierdeps, as an account."""
        switch = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "env", f"--chdir={HOME}")
        done = self.system.run(*switch, self._path, *STATE, self._python, "-m", "tierdeps", *words, check=check)
        return done.returncode, done.stdout

    def systemctl(self, *words: str, check: bool = True) -> str:
        return self.system.run("systemctl", *words, check=check).stdout.strip()

    def show(self, name: str) -> str:
        return self.systemctl("show", "--value", "--property", name, "shop.service")

    def journal(self) -> str:
        return self.system.run("journalctl", "--unit", "shop", "--no-pager").stdout

    def sleepers(self) -> list[str]:
        """Return the accounts of the processes that the drivers are."""
        return self.system.run("ps", "-C", "sleep", "-o", "user=", check=False).stdout.split()

    def remove(self) -> None:
        """Stop it, and remove all that is left of it."""
        self.systemctl("stop", "shop.service", check=False)
        self.systemctl("reset-failed", "shop.service", check=False)
        self.system.run("rm", "-rf", "/var/lib/shop", "/etc/systemd/system/shop.service")


@pytest.fixture(scope="module", params=["this system", "Debian 13"])
def made(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Boot a copy of a system: of this one, without its services, or on request another one."""
    bare = request.param == "this system"
    folder = Path("/") if bare else booted.system()
    if folder is None:
        pytest.skip(booted.ON_REQUEST)
    with Booted(folder, bare=bare) as system:
        system.await_boot()
        system.run("useradd", "--system", "--no-create-home", ACCOUNT)
        system.run("mkdir", HOME)
        python, path = (
            (sys.executable, "/opt/tierdeps") if bare else ("/usr/bin/python3", "/opt/tierdeps:/opt/imported")
        )
        if bare:
            # nspawn mounts another one there, which the sandbox of a service does not show with systemd 252
            system.run("umount", BOOT_ID)
            open_to_all(system, Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve())
        yield Shop(system, python, path)


def open_to_all(system: Booted, *places: Path) -> None:
    """Let every account reach the Python of the tests: in the copy alone."""
    for folder in {parent for place in places for parent in (place, *place.parents)}:
        system.run("chmod", "o+rx", str(folder))


@pytest.fixture
def shop(made: Shop) -> Iterator[Shop]:
    yield made
    made.remove()


def test_a_service_with_an_account_of_its_own_starts_reloads_and_stops(shop: Shop) -> None:
    shop.install(GRAPH, "--user", ACCOUNT, service="WatchdogSec=10\n")
    shop.systemctl("start", "shop.service")
    assert shop.show("ActiveState") == "active"
    assert shop.show("StatusText") == "2 of 2 drivers ready"
    assert shop.sleepers() == [ACCOUNT] * 2
    code, text = shop.tierdeps("status", "shop.toml", user=ACCOUNT)
    assert code == 0, text + shop.journal()
    assert "2 drivers: 2 ready" in text
    owned = shop.system.run("stat", "--format", "%U %a", "/var/lib/shop/tierdeps", "/run/shop/tierdeps").stdout
    assert owned.splitlines() == [f"{ACCOUNT} 700"] * 2

    shop.write(f'{GRAPH}\n[drivers.more]\ncommand = ["sleep", "1000"]\n')
    shop.systemctl("reload", "shop.service")
    assert shop.show("StatusText") == "3 of 3 drivers ready"
    shop.system.run("sleep", "11")  # longer than the interval of the watchdog
    assert shop.show("NRestarts") == "0"
    shop.systemctl("stop", "shop.service")
    assert shop.show("Result") == "success"
    assert shop.sleepers() == []
    assert not shop.system.path("/run/shop").exists()


def test_a_tierdeps_that_hangs_is_started_again_by_the_watchdog(shop: Shop) -> None:
    shop.install(GRAPH.replace("sleep 2; ", ""), "--user", ACCOUNT, service="WatchdogSec=2\n")
    shop.systemctl("start", "shop.service")
    shop.system.signal("STOP", int(shop.show("MainPID")))

    def runs_again() -> bool:
        """On a busy machine the watchdog may also end the next one."""
        restarts, state = int(shop.show("NRestarts")), shop.show("ActiveState")
        return restarts >= 1 and state == "active" and shop.sleepers() == [ACCOUNT] * 2

    until(runs_again, "it is started again", BOOT_S)


def test_a_service_whose_driver_fails_says_why_and_is_started_again(shop: Shop) -> None:
    shop.install(BROKEN, "--user", ACCOUNT)
    shop.systemctl("start", "shop.service", check=False)
    assert shop.show("ExecMainStatus") == "4"
    assert "database: the process exited with code 1" in shop.show("StatusText")
    until(lambda: int(shop.show("NRestarts")) >= 1, "it is started again")


def test_a_service_with_a_wrong_graph_is_not_started_again(shop: Shop) -> None:
    shop.install(GRAPH, "--user", ACCOUNT)
    shop.write(GRAPH.replace('["database"]', '["databse"]'))
    shop.systemctl("start", "shop.service", check=False)
    assert (shop.show("ExecMainStatus"), shop.show("ActiveState"), shop.show("NRestarts")) == ("1", "failed", "0")


def test_a_kill_leaves_no_process(shop: Shop) -> None:
    shop.install(GRAPH.replace("sleep 2; ", ""), "--user", ACCOUNT, service="Restart=no\n")
    shop.systemctl("start", "shop.service")
    assert shop.sleepers() == [ACCOUNT] * 2
    shop.system.signal("KILL", int(shop.show("MainPID")))
    until(lambda: not shop.sleepers(), "all processes are gone")


def test_a_service_of_root_runs_processes_with_their_accounts_and_few_capabilities(shop: Shop) -> None:
    shop.install(ACCOUNTS)
    shop.systemctl("start", "shop.service")
    assert shop.sleepers() == [ACCOUNT]
    assert "cap_sys_admin" not in shop.show("CapabilityBoundingSet").split()
    shop.systemctl("stop", "shop.service")
    assert shop.show("Result") == "success"
    assert shop.sleepers() == []


@pytest.mark.parametrize(
    ("graph", "options", "most"),
    [(GRAPH, ("--user", ACCOUNT), 4.0), (ACCOUNTS, (), 5.0), (GRAPH.replace("2;", "0;"), (), 8.5)],
)
def test_systemd_rates_the_sandbox(shop: Shop, graph: str, options: tuple[str, ...], most: float) -> None:
    shop.install(graph, *options)
    rated = shop.system.run("systemd-analyze", "security", "--no-pager", "shop.service", check=False).stdout
    assert float(rated.rpartition("shop.service:")[2].split()[0]) <= most
