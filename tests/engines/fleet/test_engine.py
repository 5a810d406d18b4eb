"""The calls of drivers are made on the workers of their hosts, as a local engine would make them."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING, Any

from tests.engines.fleet.conftest import thing
from tests.engines.fleet.things import Thing
from tierdeps.model import Driver, Report, State, requires

if TYPE_CHECKING:
    import pytest

    from tests.engines.fleet.conftest import Cluster, Log
    from tierdeps.executor import Executor

HERE = Thing.__module__


def run(executor: Executor) -> Report:
    async def main() -> Report:
        await executor.start()
        return await executor.stop()

    return asyncio.run(main())


def test_drivers_start_and_stop_on_their_hosts_in_one_order(cluster: Cluster, log: Log) -> None:
    drivers = (thing("osd", host="a"), thing("pool", requires("osd"), host="b"), thing("guest", requires("pool")))
    report = run(log.executor(cluster.address, *drivers))
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    assert report.engine == "dask"
    starts = ["osd start", "pool start", "guest start"]
    stops = [f"{name} {phase}" for name in ("guest", "pool", "osd") for phase in ("stop", "cleanup")]
    assert log.lines == [*starts, *stops]


def test_a_lifecycle_finds_those_of_its_own_host(cluster: Cluster, log: Log, caplog: pytest.LogCaptureFixture) -> None:
    plain = thing("plain", requires("thing"), lifecycle=f"{HERE}:Plain")
    with caplog.at_level(logging.INFO):
        report = run(log.executor(cluster.address, thing("thing"), plain))
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    assert log.lines[:2] == ["thing start", "plain start"]
    assert (
        "tierdeps.driver.plain",
        logging.WARNING,
        "found one made in the same process: True",
    ) in caplog.record_tuples


def test_a_lifecycle_of_another_host_is_refused(cluster: Cluster, log: Log) -> None:
    plain = thing("plain", requires("thing"), lifecycle=f"{HERE}:Plain", host="b")
    report = run(log.executor(cluster.address, thing("thing"), plain))
    assert "the lifecycle of 'thing', which is on a and not on b" in report["plain"].reason


def test_a_failure_comes_back_with_its_traceback(cluster: Cluster, log: Log) -> None:
    report = run(log.executor(cluster.address, thing("one"), settings={"fail": "start"}))
    assert report["one"].reason == "OSError: no such device"
    assert "in _act" in report["one"].traceback


def test_a_call_beyond_its_deadline_is_cancelled_on_the_worker(cluster: Cluster, log: Log) -> None:
    report = run(log.executor(cluster.address, thing("one"), settings={"hang": "start"}, timeout=0.3))
    assert report["one"].state is State.FAILED
    assert log.lines == ["one start", "one start cancelled", "one stop", "one cleanup"]


def test_a_loss_is_reported_by_the_worker(cluster: Cluster, log: Log) -> None:
    executor = log.executor(cluster.address, thing("one", lifecycle=f"{HERE}:Lost"))

    async def main() -> Report:
        await executor.start()
        return await executor.wait()

    assert asyncio.run(main())["one"].reason == "the disk is gone"


def test_what_a_process_prints_comes_back(cluster: Cluster, log: Log, caplog: pytest.LogCaptureFixture) -> None:
    from tierdeps.model import Process

    one = Driver("one", host="a", process=Process(command=("echo", "here I am"), ready="exit"))
    with caplog.at_level(logging.INFO):
        report = run(log.executor(cluster.address, one))
    assert report.ok, report["one"].reason
    assert ("tierdeps.output.one", logging.INFO, "here I am") in caplog.record_tuples


def test_a_host_without_a_worker_is_named(cluster: Cluster, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierdeps.engines.fleet.fleet.REGISTER_TIMEOUT_S", 0.5)
    report = run(log.executor(cluster.address, thing("one", host="c"), thing("two"), on_failure="isolate"))
    assert report["one"].reason.endswith(
        f"no worker for the host c is registered at {cluster.address}; start one there with:"
        f" tierdeps worker --host-name c --scheduler {cluster.address}"
    )
    assert report["two"].state is State.READY


def test_a_scheduler_that_is_not_there_is_named(cluster: Cluster, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierdeps.engines.fleet.fleet.REGISTER_TIMEOUT_S", 0.1)
    report = run(log.executor("tcp://127.0.0.1:1", thing("one")))
    assert "the scheduler at tcp://127.0.0.1:1 cannot be reached" in report["one"].reason
    assert log.lines == []


def test_what_never_answers_is_named_as_no_scheduler(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierdeps.engines.fleet.fleet.REGISTER_TIMEOUT_S", 0.1)
    monkeypatch.setattr("tierdeps.engines.fleet.directory.ANSWER_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        report = run(log.executor(f"tcp://127.0.0.1:{server.getsockname()[1]}", thing("one")))
    assert report["one"].reason.endswith("cannot be reached: it does not answer")


def test_other_versions_on_a_worker_keep_everything_from_starting(
    cluster: Cluster, log: Log, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, version in (("here", "1.0"), ("there", "2.0")):
        package = tmp_path / place / f"acme_part-{version}.dist-info"
        package.mkdir(parents=True)
        (package / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-part\nVersion: {version}\n")
        (package / "top_level.txt").write_text("acme_part\n")
    monkeypatch.syspath_prepend(str(tmp_path / "here"))
    cluster.add("old", PYTHONPATH=str(tmp_path / "there"))
    cluster.heard("old", "registered")
    part = thing("part", host="old", lifecycle="acme_part:Part")
    report = run(log.executor(cluster.address, part, thing("two"), on_failure="isolate"))
    text = "the worker on old differs from this host: acme-part 2.0 there, 1.0 here; install the same versions"
    assert text in report["part"].reason
    assert text in report["two"].reason
    assert log.lines == []
