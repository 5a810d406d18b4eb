"""The private host of a session, and the scene that each test finds on it: all defined, all down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.host import Host, refusal, scene
from tests.live.host.built import REQUESTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.host.processes import Process


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail when a test was skipped")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter is not None else []
    skipped = [report for report in reports if REQUESTED not in str(report.longrepr)]
    if skipped and session.config.getoption("--no-skips"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def machine() -> Iterator[Host]:
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)
    with Host() as made:
        made.hold.install()
        made.libvirtd.restart()
        yield made


@pytest.fixture
def host(machine: Host) -> Iterator[Host]:
    machine.define()
    yield machine
    machine.fix()
    scene.forget(machine.connect())


@pytest.fixture
def survivor(host: Host) -> dict[str, Process]:
    """A guest that runs already, with the network it needs: whatever a test does, it is the same process at the end."""
    connection = host.connect()
    connection.networkLookupByName("dmz").create()
    connection.lookupByName("db").create()
    return host.guests()
