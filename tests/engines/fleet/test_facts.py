"""The plugins of each host state its facts, and these decide the plan before it is made."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.engines.fleet.conftest import ROOT, Cluster, thing
from tierdeps.cli.run.host_facts import HostFacts, wanted_facts
from tierdeps.engines import Engine, EngineOptions
from tierdeps.engines.fleet.versions import facts_difference
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, wants

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


class Session:
    """Keeps notes; its plugins state that a disk is here."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.manager = self

    def facts(self) -> dict[str, bool]:
        """Return the facts of this host."""
        return {"disk": True}

    def info(self, text: str) -> None:
        """Keep a note."""
        self.notes.append(text)


def test_facts_are_added_to_the_part_of_the_graph_that_is_started_and_asked_for_again() -> None:
    answers: dict[str, Any] = {"a": {"disk": True, "other": True}, "b": "no worker"}
    engine = Engine("fake", "", lambda: None, host_facts=lambda _, hosts: {host: answers[host] for host in hosts})  # type: ignore[arg-type, return-value]
    declared = [Driver(f"disk-{host}", host=host, when=f"disk@{host}") for host in "ab"]
    declared.append(Driver("guest", host="a", dependencies=(wants("disk-a"), wants("disk-b"))))
    graph = DependencyGraph(declared).with_targets(["guest"]).active
    session, facts, options = Session(), HostFacts(engine), EngineOptions(scheduler="tcp://a:1")
    found = facts.added_to(session, graph, options)  # type: ignore[arg-type]
    assert sorted(found.drivers) == ["disk-a", "guest"]
    assert found.declarations.fact_sources["disk@a"] == "host a"
    assert facts.used == {"a": {"disk": True}, "b": {"disk": False}}
    assert session.notes == ["note: the facts of b are unknown, and count as no: no worker"]
    answers |= {"a": {"disk": False}, "b": {"disk": True}}
    used = facts.used
    found = facts.added_to(session, graph, options)  # type: ignore[arg-type]
    assert sorted(found.drivers) == ["disk-b", "guest"]
    assert used == {"a": {"disk": False}, "b": {"disk": True}}


def test_hosts_on_this_machine_have_the_facts_of_this_one() -> None:
    engine = Engine("fake", "", lambda: None, host_facts=lambda *_: {})  # type: ignore[arg-type, return-value]
    graph = DependencyGraph([Driver(f"disk-{host}", host=host, when=f"disk@{host}") for host in "ab"])
    facts = HostFacts(engine)
    found = facts.added_to(Session(), graph, EngineOptions())  # type: ignore[arg-type]
    assert sorted(found.drivers) == ["disk-a", "disk-b"]
    assert facts.used == {"a": {"disk": True}, "b": {"disk": True}}
