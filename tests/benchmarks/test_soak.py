"""The soak: a short one of three processes, and what its report says of samples that grow or do not."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from benchmarks.soak import Given, Soak
from benchmarks.soak_graph import SoakGraph
from benchmarks.soak_report import TOLERANCES, growths, limits, print_report
from benchmarks.soak_samples import Marked, without_driver
from tierdeps._util.process_id import ProcessStat
from tierdeps.cli import run_cli

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.soak_samples import Sample

DRIVERS = 5


def samples_of(count: int = 60, **grows_by: float) -> list[Sample]:
    """Return samples that vary at random, and grow by so much from the first one to the last one."""
    lot = random.Random(1)  # noqa: S311
    return [
        {name: 100_000 + lot.uniform(-0.5, 0.5) + grows_by.get(name, 0) * at / count for name in TOLERANCES}
        | {name: grows_by.get(name, 0) for name in limits(DRIVERS)}
        for at in range(count)
    ]


def test_what_varies_and_does_not_grow_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_report(samples_of(), DRIVERS)
    assert "EXCEEDED" not in capsys.readouterr().out


@pytest.mark.parametrize("name", TOLERANCES)
def test_what_grows_by_more_than_it_may_is_found(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not print_report(samples_of(**{name: 20_000}), DRIVERS)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "EXCEEDED" in line]
    assert line.startswith(name)


@pytest.mark.parametrize("name", limits(DRIVERS))
def test_one_sample_above_a_limit_is_found(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    samples = samples_of()
    samples[3][name] = limits(DRIVERS)[name] + 1
    assert not print_report(samples, DRIVERS)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "EXCEEDED" in line]
    assert line.startswith(name)


def test_growth_during_the_warm_up_does_not_count() -> None:
    samples = samples_of()
    for sample in samples[:10]:
        sample["objects"] /= 2
    assert not any(one.exceeded for one in growths(samples))


def process(pid: int, started: int, driver: str = "a", *, worker: bool = False) -> Marked:
    """Return a process of a soak."""
    return Marked(ProcessStat(pid, "sleep", False, 1, pid, started), driver, worker)


def test_a_process_belongs_to_its_driver_if_that_one_s_process_is_older() -> None:
    own = [process(1, 10, worker=True), process(2, 11), process(3, 9), process(4, 50, "b"), process(5, 1, "")]
    assert without_driver(own) == {(3, 9), (4, 50)}


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_graph_has_no_errors_whatever_has_changed_in_it(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    graph = SoakGraph(tmp_path, count, 10, 1)
    seen = set()
    for _ in range(3):
        seen.add(graph.path.read_text())
        with pytest.raises(SystemExit) as ended:
            run_cli(["check", str(graph.path)])
        assert ended.value.code == 0
        graph.write()
    assert len(seen) == 3


def test_a_short_soak_leaves_nothing(tmp_path: Path) -> None:
    """Not judged by its growth: it ends before the warm-up would."""
    soak = Soak(tmp_path, Given(processes=3, every=0.2, interval=0.4))
    try:
        soak.run(4)
    finally:
        left = soak.stop()
    assert (left, soak.problems) == (0, [])
    assert len(soak.samples) == 4
    assert soak.done
    assert all(set(sample) >= {*TOLERANCES, *limits(3)} for sample in soak.samples)
    assert all(sample["threads"] > 0 < sample["objects"] for sample in soak.samples)
