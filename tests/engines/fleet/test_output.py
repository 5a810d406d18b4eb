"""What drivers print, log and publish on workers reaches the run, and the drivers on other hosts."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from tests.engines.fleet.conftest import thing
from tests.engines.fleet.things import Thing
from tierdeps.model import Report, requires

if TYPE_CHECKING:
    import pytest

    from tests.engines.fleet.conftest import Cluster, Log
    from tierdeps.executor import Executor

HERE = Thing.__module__
KEY = "AQB-a-key-of-monitors"


def run(executor: Executor) -> Report:
    async def main() -> Report:
        await executor.start()
        return await executor.stop()

    return asyncio.run(main())


def test_all_that_a_lifecycle_prints_and_logs_comes_back_with_its_host(
    cluster: Cluster, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    drivers = [thing(f"wordy@{host}", host=host, lifecycle=f"{HERE}:Wordy") for host in "ab"]
    with caplog.at_level(logging.INFO):
        report = run(log.executor(cluster.address, *drivers))
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    for host in "ab":
        found = [
            (record.name, record.levelno, record.getMessage())
            for record in caplog.records
            if getattr(record, "host", None) == host
        ]
        output, info = f"tierdeps.output.wordy@{host}", logging.INFO
        assert sorted(found) == sorted(
            [
                (output, info, f"wordy@{host} prints"),
                (output, info, "on the standard error"),
                (output, info, "a line without an endfrom a thread"),
                (output, info, "from a task"),
                (f"tierdeps.driver.wordy@{host}", logging.WARNING, "acme.modem: dialling"),
            ]
        )


def test_values_reach_drivers_on_other_hosts_and_secrets_no_log(
    cluster: Cluster, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    mon = thing("mon", lifecycle=f"{HERE}:Monitor")
    client = thing("client", requires("mon"), host="b", lifecycle=f"{HERE}:Client")
    with caplog.at_level(logging.INFO):
        report = run(log.executor(cluster.address, mon, client, settings={"fail": "start"}))
    assert f"client another process: True, length of the key: {len(KEY)}" in log.lines
    assert report["client"].reason == "ValueError: cannot use ***"
    assert KEY not in f"{caplog.text} {report.outcomes}"
    assert [record.getMessage() for record in caplog.records if "***" in record.getMessage()] == [
        "the key is ***",
        "the key is ***",
        "got ***",
    ]


def test_values_of_a_driver_that_is_taken_over_are_still_there(cluster: Cluster, log: Log) -> None:
    mon = thing("mon", lifecycle=f"{HERE}:Monitor")
    client = thing("client", requires("mon"), host="b", lifecycle=f"{HERE}:Client")
    first = log.executor(cluster.address, mon, instance="graph", keep=True)
    second = log.executor(cluster.address, mon, client, instance="graph")

    async def main() -> Report:
        await first.start()
        first.release()
        await second.start()
        return await second.stop()

    report = asyncio.run(main())
    assert report.ok, [outcome.reason for outcome in report.outcomes]
    assert log.lines.count("mon start") == 1
