"""A run that is killed while it restarts single drivers: nothing is left of it, and the next start finds its way.

``TIERDEPS_KILLS=25 pytest tests/cli/test_killed_restart.py`` kills at 25 moments of a restart, and then at 25 with the
guard.
"""

from __future__ import annotations

import os
import signal
from random import Random
from time import sleep
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, read_until
from tests.cli.test_killed_reload import assert_reported, kill

if TYPE_CHECKING:
    from tests.cli.hosts import Host

KILLS = int(os.environ.get("TIERDEPS_KILLS", "1"))
#: Two chains of three behind one driver: a restart of that one has many moments.
CHAINS = {"base": ()} | {f"d{number}": (f"d{number - 2}",) if number >= 2 else ("base",) for number in range(6)}
#: About what a restart of all of them takes, in seconds.
RESTART_S = 1.0


@pytest.mark.parametrize("guarded", [True] if KILLS == 1 else [True, False])
def test_nothing_is_orphaned_and_the_next_start_has_each_process_once(host: Host, guarded: bool) -> None:
    random = Random(5)  # noqa: S311  no secret
    host.graph(CHAINS)
    process = host.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    for _ in range(KILLS):
        restart = host.begin("restart", "base")
        sleep(random.uniform(0, RESTART_S))
        kill(process, guarded=guarded)
        restart.communicate(timeout=TIMEOUT_S)
        assert restart.returncode in (0, 4)
        assert_reported(host)
        process = host.begin("start", "graph.toml")
        read_until(process, "all drivers are ready")
        assert {name: len(pids) for name, pids in host.running().items()} == dict.fromkeys(CHAINS, 1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert host.running() == {}
