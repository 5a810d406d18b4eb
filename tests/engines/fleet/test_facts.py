"""The plugins of each host state its facts, and these decide the plan before it is made."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engines.fleet.conftest import ROOT, Cluster, thing
from tierdeps.cli.run.host_facts import wanted_facts
from tierdeps.engines import EngineOptions
from tierdeps.engines.fleet.versions import facts_difference
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engines.fleet.conftest import Log
    from tierdeps.model import Report

PLUGIN = """
from pathlib import Path
import tierdeps

@tierdeps.hookimpl
def tierdeps_facts(settings, names_only):
    return {"disk": names_only or Path(__file__).with_name("disk").exists()}
"""
GRAPH = """
[hosts]
all = ["yes", "no"]

[drivers.disk]
hosts = "all"
when = "disk@{host}"
command = ["sleep", "600"]

[drivers.guest]
hosts = "all"
requires = [{ on = "disk@{host}", when = "disk@{host}" }]
command = ["sleep", "600"]
"""


@pytest.fixture(scope="module")
def stating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start workers whose plugins state that a disk is there, and that none is."""
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("stating")
    found = Cluster(folder)
    for host in ("yes", "no"):
        package = folder / f"plugins-{host}"
        distribution = package / "acme_disk-1.0.dist-info"
        distribution.mkdir(parents=True)
        (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-disk\nVersion: 1.0\n")
        (distribution / "entry_points.txt").write_text("[tierdeps]\ndisk = acme_disk\n")
        (package / "acme_disk.py").write_text(PLUGIN)
        found.add(host, PYTHONPATH=f"{ROOT}:{package}")
    (folder / "plugins-yes" / "disk").touch()
    for host in ("yes", "no"):
        found.heard(host, "registered")
    yield found
    found.close()


def started(folder: Path, address: str | None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Start and stop the graph."""
    graph = folder / "fleet.toml"
    graph.write_text(GRAPH)
    command = (sys.executable, "-m", "tierdeps", "start", "--once", "--format=json", "--engine=dask", str(graph))
    where = () if address is None else (f"--scheduler={address}",)
    environment = {**os.environ, "XDG_STATE_HOME": str(folder), "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run((*command, *where), env=environment, capture_output=True, text=True, check=False, cwd=folder)


def drivers(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, (done.stdout, done.stderr)
    report = json.loads(done.stdout.splitlines()[-1])
    return sorted(outcome["driver"] for outcome in report["outcomes"])


def test_the_facts_of_hosts_decide_what_starts(stating: Cluster, tmp_path: Path) -> None:
    assert drivers(started(tmp_path, stating.address)) == ["disk@yes", "guest@no", "guest@yes"]


def test_hosts_are_asked_for_what_nothing_else_states() -> None:
    names = ("disk@a", "disk@b", "net@b", "disk@elsewhere", "disk")
    declared = [Driver(f"one-{number}", host="ab"[number % 2], when=name) for number, name in enumerate(names)]
    assert wanted_facts(DependencyGraph(declared)) == {"a": ("disk",), "b": ("disk", "net")}
    assert wanted_facts(DependencyGraph(declared, facts={"disk@b": False, "net@b": True})) == {"a": ("disk",)}


def test_hosts_on_this_machine_have_the_facts_of_this_one(stating: Cluster, tmp_path: Path) -> None:
    found = started(tmp_path, None, PYTHONPATH=f"{ROOT}:{stating.folder / 'plugins-yes'}")
    assert drivers(found) == ["disk@no", "disk@yes", "guest@no", "guest@yes"]


def test_of_a_host_that_does_not_answer_it_is_said_that_its_facts_are_unknown(
    stating: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tierdeps.engines.dask import ENGINE

    monkeypatch.setattr("tierdeps.engines.fleet.fleet.REGISTER_TIMEOUT_S", 0.5)
    assert ENGINE.host_facts is not None
    found = ENGINE.host_facts(EngineOptions(scheduler=stating.address), ("yes", "no", "gone"))
    assert (found["yes"], found["no"]) == ({"disk": True}, {"disk": False})
    assert "no worker for the host gone is registered" in str(found["gone"])


def test_a_fact_that_has_changed_since_the_plan_was_made_keeps_everything_from_starting(
    stating: Cluster, log: Log
) -> None:
    facts = {"yes": {"disk": False}, "no": {"disk": False}}
    executor = log.executor(stating.address, thing("one", host="yes"), thing("two", host="no"), host_facts=facts)

    async def main() -> Report:
        await executor.start()
        return await executor.stop()

    report = asyncio.run(main())
    text = "the facts of yes have changed: disk is yes there now, and the plan was made with no; start again"
    assert [report[name].reason for name in ("one", "two")] == [text, text]
    assert log.lines == []


def test_what_no_plugin_of_a_host_states_is_no() -> None:
    assert not facts_difference("kvm1", {"disk": False}, {})
    assert "disk is no there now, and the plan was made with yes" in facts_difference("kvm1", {"disk": True}, {})
