"""What a graph file says of restarts, and what it cannot say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tierdeps.errors import InputError
from tierdeps.graph import DependencyGraph
from tierdeps.importers import Source
from tierdeps.importers.toml import IMPORTER
from tierdeps.model import Process, Schedule
from tierdeps.simulate import simulate


def process(keys: str, command: str = 'command = ["true"]') -> Process | None:
    text = f"[drivers.web]\n{command}\n{keys}\n"
    (driver,) = IMPORTER.read(Source("graph.toml", Path("graph.toml"), text.encode())).drivers
    return driver.process


def test_restarts_are_read() -> None:
    found = process('restart = "on-failure"\nrestart_limit = 2\nrestart_backoff = 0.5')
    assert found == Process(("true",), restart="on-failure", restart_limit=2, restart_backoff=0.5)
    assert process("") == Process(("true",))


def test_the_time_to_settle_is_read() -> None:
    assert process("settle = 2.5") == Process(("true",), settle=2.5)
    assert process("settle = 0") == Process(("true",), settle=0)
    assert process('ready = "notify"\nsettle = 1') == Process(("true",), "notify", settle=1)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('alive = "log:x"', 'expected "tcp:HOST:PORT", "http://...", "https://..." or "exec:COMMAND"'),
        ("alive = {}", "expected the key 'probe'"),
        ('alive = { probe = "exec:true", evry = 1 }', "unknown key 'evry'"),
        ('alive = { probe = "exec:true", timeout = 11 }', "expected at most every, 10 s"),
        ('restart = "often"', 'expected "no", "on-failure" or "always", got the string \'often\''),
        ("restart_limit = 0", "expected a whole number, 1 or more, got the number 0"),
        ("restart_backoff = -1", "expected a number of seconds, 0 or more, up to 31622400 (a year), got the number -1"),
        ("settle = -1", "expected a number of seconds, 0 or more, up to 31622400 (a year), got the number -1"),
        ('settle = "1 s"', "expected a number of seconds, 0 or more, up to 31622400 (a year), got the string '1 s'"),
        ('ready = "exit"\nrestart = "always"', 'expected none beside ready = "exit": that process is to end; retries'),
        ('alive = { probe = "exec:true", every = 1, timeout = 5 }', "drivers.web.alive.timeout"),
        ('ready = "exit"\nsettle = 1', 'expected none beside ready = "exit": that process is to end, and its end is'),
        ('ready = "http://127.0.0.1:99999/"', "got the string 'http://127.0.0.1:99999/'"),
        ("ready = 'exec:\"unclosed'", "got the string 'exec:\"unclosed'"),
        ('ready = "tcp:a..b:80"', "got the string 'tcp:a..b:80'"),
    ],
)
def test_what_cannot_be_is_refused_in_its_words(keys: str, message: str) -> None:
    with pytest.raises(InputError, match=r"graph\.toml") as caught:
        process(keys)
    assert message in str(caught.value)


def test_only_a_process_is_restarted() -> None:
    with pytest.raises(InputError, match="expected 'command' beside it: only a process has this key"):
        process('restart = "no"', command="")
    with pytest.raises(InputError, match="expected 'command' beside it: only a process has this key"):
        process("settle = 1", command="")


def test_a_simulation_starts_no_process() -> None:
    text = '[drivers.web]\ncommand = ["/nonesuch"]\ntiming = { start = "constant(1)" }\n'
    declared = IMPORTER.read(Source("graph.toml", Path("graph.toml"), text.encode()))
    plan = DependencyGraph.of(declared).collapse()
    found = simulate(plan, ["web"], Schedule.PLAN, restarts=3, seed=1, needs=())
    assert found.makespan.mean == pytest.approx(1)
