"""A start is killed: stop, status and reload of another process find what its workers hold by the journal."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.engines.fleet.commands import STARTED, Client
from tierdeps.cli.run.held import stages_of
from tierdeps.engines.fleet.held_stop import HeldDriver, HeldReport, HeldStop
from tierdeps.graph import DependencyGraph
from tierdeps.journal.plan_summary import summarize
from tierdeps.model import Driver, Tier, after, requires

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines.fleet.conftest import Cluster, Log


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
    assert "was killed, and its workers hold nothing of it any more" in client.run("status")[1]
    for command in ("stop", "reload"):
        code, _, err = client.run(command)
        assert code == 4
        assert "is not running" in err
        assert "may still hold" not in err


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


def test_what_a_host_without_a_worker_held_is_not_reported_as_stopped(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tierdeps.engines.fleet.fleet.REGISTER_TIMEOUT_S", 0.2)
    reports: list[HeldReport] = []
    stages = [[HeldDriver("one", "a", 1.0), HeldDriver("two", "gone", 1.0)]]

    async def main() -> None:
        await HeldStop(cluster.address, None, "never-started", lambda _: None).stop(stages, reports.append)

    asyncio.run(main())
    found = {report.driver.name: report for report in reports}
    assert not found["one"].held
    assert not found["one"].problem
    assert "no worker for the host gone is registered" in found["two"].problem


def test_what_is_moved_to_another_host_between_starts_does_not_run_on_both(client: Client) -> None:
    code, _, err = client.run("start", "--engine=dask", "--leave-running", client.scheduler)
    assert code == 0, err
    client.graph.write_text(client.graph.read_text().replace('host = "a"', 'host = "b"'))
    code, _, err = client.run("start", "--engine=dask", "--once", client.scheduler)
    assert code == 0, err
    lines = client.log.lines
    for name in ("one", "three"):
        assert lines.index(f"{name} cleanup") < lines.index(f"{name} start", len(STARTED))
    assert "two start" not in lines[len(STARTED) :]  # its host is the same
