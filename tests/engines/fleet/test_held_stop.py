"""A start is killed: stop, status and reload of another process find what its workers hold by the journal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from time import sleep
from typing import TYPE_CHECKING

import pytest

from tests.engines.fleet.conftest import ROOT
from tests.engines.fleet.things import Thing
from tierdeps.cli.run.held import stages_of
from tierdeps.graph import DependencyGraph
from tierdeps.journal.plan_summary import summarize
from tierdeps.model import Driver, Tier, after, requires

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines.fleet.conftest import Cluster, Log

STARTED = ["one start", "two start", "three start"]


class Client:
    """Commands on one graph, as they are typed on the host of the start."""

    def __init__(self, cluster: Cluster, log: Log, folder: Path) -> None:
        self.log = log
        self.folder = folder
        self.graph = folder / "fleet.toml"
        (folder / "tierdeps.toml").write_text(f'[defaults]\nlog = "{log.path}"\n')
        self.scheduler = f"--scheduler={cluster.address}"
        self.write("one", "two", "three")

    def write(self, *names: str) -> None:
        """Write a chain of drivers on two hosts."""
        tables = [
            f'[drivers.{name}]\nhost = "{"ab"[number % 2]}"\nlifecycle = "{Thing.__module__}:Thing"\n'
            + (f'requires = ["{names[number - 1]}"]\n' if number else "")
            for number, name in enumerate(names)
        ]
        self.graph.write_text("\n".join(tables))

    def popen(self, *words: str, state: str = "state") -> subprocess.Popen[str]:
        """Start a command."""
        environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / state), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            (sys.executable, "-m", "tierdeps", *words, str(self.graph)),
            env=environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, state: str = "state") -> tuple[int, str, str]:
        """Run a command; return its exit code and what it prints."""
        with self.popen(*words, state=state) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def killed(self, *options: str) -> None:
        """Start, and kill that when all drivers are up."""
        with self.popen("start", "--engine=dask", self.scheduler, *options) as start:
            while len(self.log.lines) < len(STARTED):
                sleep(0.02)
                assert start.poll() is None
            assert start.stdout is not None
            while "ready" not in (line := start.stdout.readline()) or "three" not in line:
                assert line
            start.kill()


@pytest.fixture
def client(cluster: Cluster, log: Log, tmp_path: Path) -> Client:
    return Client(cluster, log, tmp_path)


def test_stop_from_another_process_stops_in_reverse_over_all_hosts(client: Client) -> None:
    client.killed()
    code, _, err = client.run("stop", state="another-host")
    assert code == 4
    assert "fleet.toml is not running" in err
    assert client.log.lines == STARTED
    code, out, err = client.run("stop", "--format=json")
    assert code == 0, err
    document = json.loads(out.splitlines()[-1])
    assert document["stopped"] == [
        {"driver": "three", "host": "a"},
        {"driver": "two", "host": "b"},
        {"driver": "one", "host": "a"},
    ]
    stopped = [f"{name} {phase}" for name in ("three", "two", "one") for phase in ("stop", "cleanup")]
    assert client.log.lines == [*STARTED, *stopped]


def test_reload_from_another_process_continues_in_the_background(client: Client) -> None:
    client.killed()
    assert "tierdeps stop stops them there" in client.run("status")[1]
    client.write("one", "two", "four")
    code, _, err = client.run("reload")
    assert code == 0, err
    assert client.log.lines == [*STARTED, "three stop", "three cleanup", "four start"]
    code, _, err = client.run("stop")
    assert code == 0, err
    assert client.log.lines[6:] == [
        f"{name} {phase}" for name in ("four", "two", "one") for phase in ("stop", "cleanup")
    ]


def test_what_does_not_depend_on_each_other_is_stopped_together() -> None:
    drivers = [
        Driver("a", tier="first", host="kvm1"),
        Driver("b", tier="first", dependencies=(requires("a"),)),
        Driver("c", tier="first", phases=("initialize", "autostart"), dependencies=(after("a", phase="autostart"),)),
        Driver("d", tier="second", host="kvm1"),
        Driver("e", tier="second", dependencies=(requires("c"),)),
    ]
    summary = summarize(DependencyGraph(drivers, [Tier("first"), Tier("second", after=("first",))]).collapse())
    stages = stages_of(summary, None, 7.0)
    assert [sorted((one.name, one.where) for one in stage) for stage in stages] == [
        [("a", "kvm1")],
        [("b", "localhost"), ("c", "localhost")],
        [("d", "kvm1"), ("e", "localhost")],
    ]
    assert {one.seconds for stage in stages for one in stage} == {7.0}
