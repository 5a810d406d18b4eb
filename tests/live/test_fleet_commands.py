"""Commands on a fleet that take several starts: beside the live tests, where they delay no others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.engines.fleet.commands import STARTED, Client
from tests.engines.fleet.conftest import Cluster, Log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.live


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Return commands on a graph of the hosts a and b."""
    if os.environ.get("TIERDEPS_LIVE") != "1":
        pytest.skip("runs only where TIERDEPS_LIVE=1 asks for it")
    pytest.importorskip("distributed")
    cluster = Cluster(tmp_path)
    for host in ("a", "b"):
        cluster.add(host)
    for host in ("a", "b"):
        cluster.heard(host, "registered")
    yield Client(cluster, Log(tmp_path / "log"), tmp_path)
    cluster.close()


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


def test_what_was_left_running_is_stopped_by_stop_left(client: Client) -> None:
    code, _, err = client.run("start", "--engine=dask", client.scheduler, "--leave-running")
    assert code == 0, err
    code, _, err = client.run("stop", "--left")
    assert code == 0, err
    assert client.log.lines[3:5] == ["three stop", "three cleanup"]
    assert len(client.log.lines) == 9
