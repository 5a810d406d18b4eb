"""The chart of the kill says what the kept results say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, fromstring

import msgspec
import pytest

from tests.docs.conftest import ROOT
from tests.docs.extension import load

if TYPE_CHECKING:
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
    assert float(line.rpartition("H")[2]) > extension.LABELS


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
