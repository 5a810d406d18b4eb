"""Every option that is a number of seconds: large ones work, and what is none is refused by name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps._util.seconds import MAX_DURATION_S

if TYPE_CHECKING:
    from tests.cli.conftest import Ask
    from tests.cli.hosts import Host

OPTIONS = [
    ("start", "--timeout"),
    ("start", "--stop-timeout"),
    ("start", "--deadline"),
    ("stop", "--deadline"),
    ("reload", "--deadline"),
]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "0", "1e400", str(MAX_DURATION_S + 1), "soon", ""])
@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_a_value_that_is_no_number_of_seconds_is_refused_with_its_option(
    ask: Ask, command: str, option: str, value: str
) -> None:
    answer = ask(command, f"{option}={value}")
    assert answer.code == 2
    told = f"expected a number of seconds, more than 0, up to 31622400 (a year), got {value}"
    assert f"error: Invalid value for '{option}': {told.rstrip()}" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("seconds", ["1074000", "2147484", str(MAX_DURATION_S)])
def test_every_command_accepts_a_long_deadline(host: Host, seconds: str) -> None:
    host.graph({"a": ()})
    limits = ("--deadline", seconds, "--timeout", seconds, "--stop-timeout", seconds)
    started = host.ask("start", "graph.toml", "--detach", *limits)
    assert started.code == 0, started.err
    assert host.ask("reload", "--deadline", seconds).code == 0
    stopped = host.ask("stop", "--deadline", seconds)
    assert stopped.code == 0, stopped.err
    assert not host.running()


def test_a_long_deadline_is_accepted_for_a_stop_by_signal(host: Host) -> None:
    """Without its socket an instance is signalled, and its process is waited for."""
    host.graph({"a": ()})
    assert host.ask("start", "graph.toml", "--detach").code == 0
    (run,) = host.alive()
    Path(run.info.socket).unlink()
    stopped = host.ask("stop", "--deadline", str(MAX_DURATION_S))
    assert stopped.code == 0, stopped.err
    assert not host.running()


@pytest.mark.parametrize("key", ["timeout", "stop_timeout", "backoff", "restart_backoff"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "31622401"])
def test_a_bad_time_in_a_graph_file_is_refused_with_its_key(host: Host, key: str, value: str) -> None:
    (host.folder / "graph.toml").write_text(f'[drivers.a]\ncommand = ["true"]\n{key} = {value}\n')
    answer = host.ask("start", "graph.toml", "--once")
    assert answer.code == 2
    assert f"drivers.a.{key}: expected a number of seconds, " in answer.err
    assert f"got the number {value}" in answer.err


@pytest.mark.parametrize("key", ["timeout", "stop_timeout", "backoff"])
def test_a_graph_file_may_set_a_year(host: Host, key: str) -> None:
    (host.folder / "graph.toml").write_text(
        f'[drivers.a]\ncommand = ["sleep", "100"]\nretries = 1\n{key} = {MAX_DURATION_S}\n'
    )
    assert host.ask("start", "graph.toml", "--once").code == 0


def test_more_retries_than_a_float_can_double_end_in_the_drivers_failure(host: Host) -> None:
    (host.folder / "deeds.py").write_text(
        "from tierdeps import Lifecycle\n"
        "class Fails(Lifecycle):\n"
        "    async def start(self, context): raise OSError('no')\n"
    )
    (host.folder / "graph.toml").write_text('[drivers.a]\nlifecycle = "deeds:Fails"\nretries = 1100\nbackoff = 0\n')
    answer = host.ask("start", "graph.toml", "--once", "--format", "json")
    assert answer.code == 4
    report = json.loads(answer.out.splitlines()[-1])
    assert report["outcomes"][0]["reason"] == "OSError: no"


def test_a_locked_plan_with_a_time_that_cannot_be_is_refused(host: Host) -> None:
    (host.folder / "graph.toml").write_text('[drivers.a]\ncommand = ["sleep", "100"]\ntimeout = 5\n')
    assert host.ask("lock", "graph.toml").code == 0
    lock = host.folder / "tierdeps.lock"
    text = lock.read_text()
    lock.write_text(re.sub(r'("timeout": )5(\.0)?\b', r"\g<1>31622401", text))
    assert "31622401" in lock.read_text()
    answer = host.ask("start", "graph.toml", "--locked", "--once")
    assert answer.code in (1, 2)
    assert "Traceback" not in answer.err
    assert not host.running()


@pytest.mark.parametrize("timing", ["nan", "inf", "-1", "constant(1e9)", "uniform(0, inf)"])
def test_a_timing_that_cannot_be_is_refused(host: Host, timing: str) -> None:
    (host.folder / "graph.toml").write_text(f'[drivers.a]\ntiming = {{ start = "{timing}" }}\n')
    answer = host.ask("simulate", "graph.toml", "--restarts", "1")
    assert answer.code == 2
    assert "up to 31622400" in answer.err


@pytest.mark.parametrize("timing", ["lognormal(1, 31622400)", "exponential(31622400)", "normal(0, 31622400)"])
def test_a_timing_that_draws_too_much_is_simulated_all_the_same(host: Host, timing: str) -> None:
    (host.folder / "graph.toml").write_text(f'[drivers.a]\ntiming = {{ start = "{timing}" }}\n')
    answer = host.ask("simulate", "graph.toml", "--restarts", "20")
    assert answer.code == 0, answer.err
