"""The comparison of supervisors: how it observes processes, and which limits it reports."""

from __future__ import annotations

import os
import subprocess
import time
from math import inf
from typing import TYPE_CHECKING

import pytest

from benchmarks.observe import Ends, Observed, Usage, descendants, marked
from benchmarks.supervise import Row, Sample, lacks_ours, measured, medians, problems
from benchmarks.supervisors import OURS, PEERS, Supervisor

if TYPE_CHECKING:
    from pathlib import Path

WITHIN = Sample(1, 1.25, 0.5, 0.3, 0, Usage(0, 2), 30 << 20)


def test_processes_are_found_by_their_last_argument_until_they_end() -> None:
    token = f"{86400 + os.getpid() / 1e7:.9f}"
    observed = Observed(token)
    environment = {**os.environ, "TIERDEPS_BENCHMARK": token}
    with subprocess.Popen(["/bin/sleep", token], env=environment) as process:
        try:
            assert observed.wait(1, time.monotonic() + 20, process.poll) < inf
            assert observed.pids() == marked(f"TIERDEPS_BENCHMARK={token}") == {process.pid}
            assert process.pid in descendants(os.getpid())
        finally:
            ends = Ends(observed.pids())
            ends.kill()
        assert ends.wait(time.monotonic() + 20) < inf
    assert observed.pids() == set()


def test_a_supervisor_that_ends_is_not_waited_for() -> None:
    assert Observed("no-such-token").wait(1, time.monotonic() + 20, lambda: 1) == inf


@pytest.mark.parametrize("supervisor", [*OURS[:2], *PEERS], ids=lambda one: one.name)
def test_each_supervisor_is_configured_for_all_processes(tmp_path: Path, supervisor: Supervisor) -> None:
    command = supervisor.configure("/bin/program", tmp_path, ("/bin/sleep", "86400.5"), 3)
    assert command[0] == "/bin/program"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(path.read_text().count("86400.5") for path in files) == 3


def test_limits_are_reported_in_proportion_to_the_number_of_processes() -> None:
    dinit = WITHIN._replace(up=0.9)
    rows = [Row("tierdeps", 1000, WITHIN), Row("dinit", 1000, dinit)]
    assert list(problems(rows, guard=1)) == []
    slow = WITHIN._replace(up=2, down=0.6, code=4, idle=Usage(0.5, 90), memory=50 << 20)
    assert list(problems([Row("tierdeps", 1000, slow), *rows[1:]], guard=3)) == [
        "exit code 4",
        "the start takes 2.22 of the best peer, at most 1.3",
        "idle, it takes 500.0 ms more than the best peer",
        "the start takes 2.22 of dinit, at most 2",
        "the stop takes 0.60 s, at most 0.5 s",
        "the guard takes 3.00 s, at most 2 s",
        "it takes 50.0 MiB, at most 40 MiB",
    ]
    many = slow._replace(up=1, code=0, idle=Usage(0, 0))
    assert list(problems([Row("tierdeps", 2000, many), Row("dinit", 2000, dinit)], guard=3)) == []


def test_a_median_is_that_of_each_moment() -> None:
    samples = [WITHIN._replace(up=up, down=down) for up, down in ((1, 9), (2, 7), (3, 8))]
    assert medians(samples) == WITHIN._replace(up=2, down=8)


def test_a_side_that_fails_once_is_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    broken = Supervisor("broken", "/bin/false", lambda program, *_: [program])
    assert list(measured([(broken, "/bin/false")], 1, 2, 0)) == []
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("broken")
    assert "not measured: 0 of 1 processes run" in line


def test_tierdeps_fails_the_benchmark_if_it_is_not_measured() -> None:
    sides = [(OURS[0], "python"), (PEERS[0], "dinit")]
    rows = [Row("tierdeps", 1, WITHIN), Row("dinit", 1, WITHIN)]
    assert [lacks_ours(sides, rows), lacks_ours(sides, rows[:1]), lacks_ours(sides, rows[1:])] == [False, False, True]
    assert not lacks_ours(sides[1:], []), "it was not to be measured"
