"""A run that is killed while a reload adds drivers: the next start, ``status`` and ``timeline`` know what to do.

``TIERDEPS_KILLS=65 pytest tests/cli/test_killed_reload.py`` kills at 65 moments of a reload, alone and with the guard.
"""

from __future__ import annotations

import os
import signal
from random import Random
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, read_until
from tests.processes.test_orphan_guard import guards

if TYPE_CHECKING:
    import subprocess

    from tests.cli.hosts import Host

KILLS = int(os.environ.get("TIERDEPS_KILLS", "2"))
BEFORE = {"a": (), "b": ("a",)}
#: Five times three in a row are added, and one goes: a reload has many moments.
AFTER = {"b": ()} | {f"d{number}": (f"d{number - 5}",) if number >= 5 else ("b",) for number in range(15)}


def kill(process: subprocess.Popen[str], *, guarded: bool) -> None:
    """Kill a run, and its guard too unless it is to be ``guarded``: stopped, it can start no other one."""
    process.send_signal(signal.SIGSTOP)
    for pid in () if guarded else guards(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.kill()
    process.communicate(timeout=TIMEOUT_S)


def reload_seconds(host: Host) -> float:
    """Return about how long a reload takes."""
    host.graph(BEFORE)
    process = host.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    host.graph(AFTER)
    started = monotonic()
    assert host.ask("reload", "graph.toml").code == 0
    seconds = monotonic() - started
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=TIMEOUT_S)
    return seconds


def assert_reported(host: Host) -> None:
    """Demand that the killed run can be looked at: as one that was killed, which is no success."""
    status = host.ask("status", "graph.toml")
    assert (status.code, status.err) == (4, "")
    assert "graph.toml was killed" in status.out
    timeline = host.ask("timeline", "graph.toml")
    assert (timeline.code, timeline.err) == (0, "")
    assert timeline.out


@pytest.mark.parametrize("guarded", [True, False])
def test_whenever_that_is_the_instance_can_be_looked_at_and_started(host: Host, guarded: bool) -> None:
    random = Random(3)  # noqa: S311  no secret
    longest = reload_seconds(host)
    for _ in range(KILLS):
        host.graph(BEFORE)
        process = host.begin("start", "graph.toml")
        read_until(process, "all drivers are ready")
        host.graph(AFTER)
        reload = host.begin("reload", "graph.toml")
        sleep(random.uniform(0, longest))
        kill(process, guarded=guarded)
        _, err = reload.communicate(timeout=TIMEOUT_S)
        assert reload.returncode == 4 or (reload.returncode == 0 and not err), err
        assert_reported(host)
        process = host.begin("start", "graph.toml")
        read_until(process, "all drivers are ready")
        assert {name: len(pids) for name, pids in host.running().items()} == dict.fromkeys(AFTER, 1)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
        assert host.running() == {}
