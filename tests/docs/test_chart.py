"""The charts say what the kept results say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, fromstring

import msgspec
import pytest

from benchmarks import results as results_of_benchmarks
from tests.docs.conftest import ROOT
from tests.docs.extension import load

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

KEPT = ROOT / "docs" / "explanation"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def extension() -> ModuleType:
    return load("tierdeps_chart")


def parse(drawn: str) -> Element:
    return fromstring(drawn)  # noqa: S314  our own


def results(extension: ModuleType, *rows: dict[str, object]) -> Any:
    return msgspec.convert({"machine": "a machine", "results": rows}, type=extension.Results)


def row(way: str, pool: str, hit: int) -> dict[str, object]:
    return {
        "way": way, "pool": pool, "guests": 2, "restarts": 100, "restarts_with_a_loss": hit, "killed": hit * 2
    }  # fmt: skip


def test_a_bar_is_as_long_as_its_share(extension: ModuleType) -> None:
    drawn = parse(extension.chart(results(extension, row("one", "a", 25), row("other", "a", 0))))
    widths = [float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert widths == [extension.SCALE / 4, 0.0]


def test_an_interval_of_no_loss_is_more_than_nothing(extension: ModuleType) -> None:
    drawn = parse(extension.chart(results(extension, row("one", "a", 0))))
    line = next(iter(drawn.iter(f"{SVG}path"))).attrib["d"]
    assert float(line.rpartition("H")[2]) > extension.LEFT


def test_names_are_escaped(extension: ModuleType) -> None:
    drawn = parse(extension.chart(results(extension, row("<one> & other", "a", 1))))
    assert "<one> & other, a" in [text.text for text in drawn.iter(f"{SVG}text")]


@pytest.mark.parametrize("file", ["kill.json", "kill-built.json"])
def test_the_kept_results_have_tierdeps_kill_no_guest_in_a_hundred_restarts(extension: ModuleType, file: str) -> None:
    kept = msgspec.json.decode((KEPT / file).read_bytes(), type=extension.Results)
    ours = [each for each in kept.results if each.way.startswith("tierdeps start")]
    assert {(each.restarts, each.killed) for each in ours} == {(100, 0)}
    assert any(each.killed for each in kept.results)
    assert len(list(parse(extension.chart(kept)).iter(f"{SVG}rect"))) == len(kept.results)


def benchmark(extension: ModuleType, *bars: tuple[str, float, float | None], unit: str = "s") -> Any:
    rows = [{"name": name, "value": value, "limit": limit} for name, value, limit in bars]
    return msgspec.convert({"title": "a chart", "unit": unit, "bars": rows}, type=extension.BenchmarkChart)


def test_the_longest_bar_of_a_benchmark_is_as_long_as_its_limit_allows(extension: ModuleType) -> None:
    drawn = parse(extension.benchmark_chart(benchmark(extension, ("one", 1.0, 4.0), ("other", 3.0, 2.0))))
    widths = [float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert widths == pytest.approx([extension.SCALE / 4, extension.SCALE * 3 / 4], abs=0.1)
    limits = [path.attrib["d"] for path in drawn.iter(f"{SVG}path") if path.attrib.get("stroke-width") == "2"]
    assert [float(path[1:].split()[0]) for path in limits] == [
        extension.LEFT + extension.SCALE,
        extension.LEFT + extension.SCALE / 2,
    ]


def test_a_benchmark_says_each_value_with_its_unit_and_limit(extension: ModuleType) -> None:
    drawn = parse(extension.benchmark_chart(benchmark(extension, ("<one>", 0.3333, None), ("two", 2, 3), unit="ms")))
    assert [text.text for text in drawn.iter(f"{SVG}text")] == ["<one>", "0.333 ms", "two", "2 ms (limit 3)"]
    assert [text.text for text in drawn.iter(f"{SVG}desc")] == ["<one>: 0.333 ms; two: 2 ms (limit 3)"]


def test_nothing_measured_is_drawn(extension: ModuleType) -> None:
    drawn = parse(extension.benchmark_chart(benchmark(extension, ("one", 0.0, None))))
    assert [bar.attrib["width"] for bar in drawn.iter(f"{SVG}rect")] == ["0.0"]


def test_a_chart_that_no_longer_exists_is_an_error_of_the_build(extension: ModuleType) -> None:
    kept = extension.Benchmark("a command", "a machine", "2026-11-30", [benchmark(extension, ("one", 1.0, None))])
    assert [each.title for each in kept.selected(["a chart"])] == ["a chart"]
    assert kept.selected([]) == kept.charts
    with pytest.raises(Exception, match="no such chart: 'gone'"):
        kept.selected(["gone"])


@pytest.mark.parametrize("file", sorted((KEPT / "performance").glob("*.json")), ids=lambda file: file.stem)
def test_a_kept_result_is_what_the_benchmark_writes(extension: ModuleType, file: Path) -> None:
    ours = msgspec.json.decode(file.read_bytes(), type=extension.Benchmark, strict=True)
    written = msgspec.json.decode(file.read_bytes(), type=results_of_benchmarks.Results)
    assert [chart.title for chart in ours.charts] == [chart.title for chart in written.charts]
    assert ours.command == f"python -m benchmarks.{file.stem}"
    assert all(chart.bars for chart in ours.charts)


def test_a_benchmark_saves_what_it_measured(tmp_path: Path, extension: ModuleType) -> None:
    arguments = ["program", "100", "--save", str(tmp_path / "kept.json"), "200"]
    path = results_of_benchmarks.destination(arguments)
    assert arguments == ["program", "100", "200"]
    bars = (results_of_benchmarks.Bar("one", 1.5), results_of_benchmarks.Bar("two", 2.5, 3.0))
    results_of_benchmarks.save(path, "cli", [results_of_benchmarks.Chart("a chart", "ms", bars)])
    kept = msgspec.json.decode((tmp_path / "kept.json").read_bytes(), type=extension.Benchmark)
    assert [(bar.name, bar.value, bar.limit) for bar in kept.charts[0].bars] == [("one", 1.5, None), ("two", 2.5, 3.0)]
    assert "Python 3" in kept.machine


def test_a_benchmark_without_save_writes_nothing(tmp_path: Path) -> None:
    assert results_of_benchmarks.destination(["program"]) is None
    results_of_benchmarks.save(None, "cli", [])
    assert not [*tmp_path.iterdir()]
