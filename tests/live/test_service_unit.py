"""The unit that ``tierdeps service-unit`` prints, run by a real systemd: the service manager of a user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.host.tierdeps import ROOT
from tests.live.host.world import World, until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.environ.get("TIERDEPS_LIVE") != "1", reason="services are started with TIERDEPS_LIVE=1"),
    pytest.mark.skipif(
        os.geteuid() != 0 or not (shutil.which("systemd-analyze") and shutil.which("unshare")),
        reason="to be tried with systemd of Debian, as root",
    ),
]

MANAGER = Path(__file__).parent / "host" / "manager.sh"
GRAPH = """
[drivers.database]
command = ["sh", "-c", "sleep 5; touch ready; exec sleep 1000"]
ready = "exec:test -e ready"

[drivers.site]
requires = ["database"]
command = ["sleep", "1000"]
"""
BROKEN = '[drivers.database]\ncommand = ["false"]\n'
#: Shorter than the start of the database.
SHORT = "TimeoutStartSec=4\n"


class Manager(World):
    """A service manager of a user, and the graph file of one service."""

    def __init__(self) -> None:
        super().__init__(MANAGER)

    def systemctl(self, *words: str, check: bool = True) -> str:
        done = self.run("systemctl", "--user", *words, check=check, environment={"XDG_RUNTIME_DIR": "/run/user/0"})
        return done.stdout.strip()

    def install(self, graph: str, *, service: str = "") -> None:
        """Write a graph and the unit of it that service-unit prints, with more lines about the service."""
        (self.scratch / "shop.toml").write_text(graph)
        words = (sys.executable, "-m", "tierdeps", "service-unit", "--user-manager", "shop.toml")
        text = self.run(*words, environment={"PYTHONPATH": str(ROOT)}).stdout
        folder = self.scratch / "config/systemd/user"
        folder.mkdir(parents=True, exist_ok=True)
        text = text.replace("[Service]\n", f"[Service]\nEnvironment=PYTHONPATH={ROOT}\n{service}")
        (folder / "shop.service").write_text(text)
        self.systemctl("daemon-reload")

    def show(self, name: str) -> str:
        return self.systemctl("show", "--value", "--property", name, "shop.service")

    def processes(self) -> list[str]:
        """Return the programs that run in the control group of the service, and below it."""
        folder = self.path(f"/sys/fs/cgroup{self._group}{self.show('ControlGroup')}")
        pids = [pid for file in folder.rglob("cgroup.procs") for pid in file.read_text().split()]
        return sorted(Path(f"/proc/{pid}/comm").read_text().strip() for pid in pids)  # as they are numbered here

    @property
    def _group(self) -> str:
        return f"/tierdeps-live-{self.scratch.name}"


@pytest.fixture
def manager() -> Iterator[Manager]:
    with Manager() as manager:
        yield manager


def test_a_unit_is_started_once_all_drivers_are_ready_and_stops_in_order(manager: Manager) -> None:
    manager.install(GRAPH, service=f"{SHORT}WatchdogSec=2\n")
    manager.systemctl("start", "shop.service")
    assert manager.show("ActiveState") == "active"
    assert manager.show("StatusText") == "2 of 2 drivers ready"
    assert (manager.scratch / "ready").exists()
    assert manager.processes().count("sleep") == 2

    (manager.scratch / "shop.toml").write_text(f'{GRAPH}\n[drivers.more]\ncommand = ["sleep", "1000"]\n')
    manager.systemctl("reload", "shop.service")
    assert manager.show("StatusText") == "3 of 3 drivers ready"
    assert manager.processes().count("sleep") == 3

    manager.run("sleep", "3")  # longer than the interval of the watchdog
    assert manager.show("NRestarts") == "0"
    manager.systemctl("stop", "shop.service")
    assert manager.show("Result") == "success"
    assert manager.run("pgrep", "-c", "sleep", check=False).stdout.strip() == "0"


def test_a_unit_whose_driver_fails_says_why_and_is_started_again(manager: Manager) -> None:
    manager.install(BROKEN, service="Environment=HERE=1\n")
    manager.systemctl("start", "shop.service", check=False)
    until(lambda: manager.show("ExecMainStatus") == "4", "it ends with 4")
    assert "database" in manager.show("StatusText")
    until(lambda: int(manager.show("NRestarts")) >= 1, "it is started again")


def test_a_unit_with_a_wrong_graph_is_not_started_again(manager: Manager) -> None:
    manager.install(GRAPH)
    (manager.scratch / "shop.toml").write_text(GRAPH.replace('["database"]', '["databse"]'))
    manager.systemctl("start", "shop.service", check=False)
    assert manager.show("ExecMainStatus") == "1"
    assert manager.show("ActiveState") == "failed"
    assert manager.show("NRestarts") == "0"


def test_a_kill_leaves_no_process(manager: Manager) -> None:
    manager.install(GRAPH.replace("sleep 5; ", ""), service="Restart=no\n")
    text = (manager.scratch / "config/systemd/user/shop.service").read_text()
    assert "KillMode=mixed" in text
    manager.systemctl("start", "shop.service")
    manager.systemctl("kill", "--signal=KILL", "--kill-who=main", "shop.service")
    until(lambda: manager.run("pgrep", "-c", "sleep", check=False).stdout.strip() == "0", "all processes are gone")


@pytest.mark.parametrize(("options", "most"), [((), 8.5), (("--user", "daemon"), 4.0), (("--user-manager",), 9.5)])
def test_systemd_accepts_the_unit_and_rates_its_sandbox(tmp_path: Path, options: tuple[str, ...], most: float) -> None:
    (tmp_path / "100% shop's.toml").write_text(GRAPH)
    words = [sys.executable, "-m", "tierdeps", "service-unit", *options, "--name", "shop", "100% shop's.toml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    unit = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    file = tmp_path / "shop.service"
    file.write_text(unit)
    verified = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)  # noqa: S607
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
    rate = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(file)]
    rated = subprocess.run(rate, capture_output=True, text=True, check=False).stdout
    assert float(rated.rpartition("shop.service:")[2].split()[0]) <= most
