"""The pictures show what the program does: terminals, graphs, plans and timelines."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, fromstring

import msgspec
import pytest

from tests.docs.conftest import ROOT
from tests.docs.extension import load

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def texts(drawn: str) -> list[str]:
    return ["".join(text.itertext()) for text in parse(drawn).iter(f"{SVG}text")]


def parse(drawn: str) -> Element:
    return fromstring(drawn)  # noqa: S314  our own


def a_graph(*pairs: tuple[str, str], hot: tuple[tuple[str, str], ...] = ()) -> Any:
    names = sorted({name for pair in pairs for name in pair})
    edges = [
        {"from": one, "to": other, "label": None, "when": None, "kind": "requires", "in_cycle": (one, other) in hot}
        | {"inversion": False}
        for one, other in pairs
    ]
    document = {"drivers": dict.fromkeys(names), "tiers": [{"name": "all", "drivers": names}], "edges": edges}
    return load("tierdeps_graphs").graph(document, "a <graph>")


@pytest.mark.parametrize("program", [None, pytest.param(shutil.which("dot"), marks=needs_dot)], ids=["own", "dot"])
def test_every_driver_and_every_dependency_is_drawn(program: str | None) -> None:
    drawn = a_graph(("web", "<db>"), ("db2", "<db>"), ("web", "db2")).svg(program)
    assert {"web", "<db>", "db2"} <= set(texts(drawn))
    assert "a <graph>" in [title.text for title in parse(drawn).iter(f"{SVG}title")]
    paths = [path for path in parse(drawn).iter(f"{SVG}path") if path.attrib.get("fill") == "none"]
    assert len([path for path in paths if "currentColor" in path.attrib.get("stroke", "")]) >= 3


def test_what_is_needed_stands_left_of_what_needs_it() -> None:
    drawing = a_graph(("c", "b"), ("b", "a"), ("d", "a"))
    assert load("tierdeps_drawings").columns(drawing) == {"a": 0, "b": 1, "c": 2, "d": 1}


def test_a_cycle_can_be_drawn() -> None:
    drawing = a_graph(("a", "b"), ("b", "a"), ("c", "a"), hot=(("a", "b"), ("b", "a")))
    assert drawing.svg(None).count(load("tierdeps_drawings").HOT) == 2


def test_a_build_without_graphviz_warns_and_so_fails_in_ci(caplog: pytest.LogCaptureFixture) -> None:
    graphs = load("tierdeps_graphs")
    graphs.warn_without_graphviz(None, "/usr/bin/dot")
    assert not caplog.records
    graphs.warn_without_graphviz(None, None)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "install Graphviz" in caplog.text
    ci = (ROOT / ".ci" / "run").read_text()
    assert ci.index("\n    graphviz ") < ci.index("apt-get -qq install") < ci.index("\nchecks > ")
    assert "sphinx-build -W " in ci


def test_nothing_is_loaded_from_elsewhere() -> None:
    """Pages are read offline, too."""
    drawn = load("tierdeps_terminal").svg([("tierdeps order", "1 tier, \x1b[36m1 driver\x1b[0m")])
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")
    assert any("1 tier," in text.replace("\xa0", " ") for text in texts(drawn))


def test_a_terminal_has_its_width_and_colours(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[drivers.clock]\nrequires = ['clock']\n")
    [printed] = load("tierdeps_terminal").printed(["tierdeps check a.toml; stty size < /dev/stdout"], tmp_path, 61)
    assert "\x1b[31m" in printed
    assert printed.endswith(" 61")


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("one\rtwo", "two"),
        ("1 of 2\r\n\x1b[1A\x1b[2K2 of 2\r\n", "2 of 2\n"),
        ("a\r\nb\r\n\x1b[2A\x1b[Jc", "c"),
        ("\x1b[?25l\x1b[31mred\x1b[0m\x1b[?25h", "\x1b[31mred\x1b[0m"),
    ],
)
def test_what_was_overwritten_is_not_shown(output: str, shown: str) -> None:
    assert load("tierdeps_terminal").screen(output) == shown


def test_a_command_that_cannot_be_run_fails_the_build(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="exits 2"):
        load("tierdeps_terminal").printed(["tierdeps order nowhere.toml"], tmp_path)


def test_a_plan_is_drawn_with_its_tiers_stages_and_phases() -> None:
    drivers = {
        "a": {"tier": "one", "stage": 1, "phases": ["initialize", "autostart"]},
        "b": {"tier": "one", "stage": 2, "phases": ["start"]},
        "c": {"tier": "two", "stage": 1, "phases": ["start"]},
    }
    tiers = [{"name": "one", "stages": [["a"], ["b"]]}, {"name": "two", "stages": [["c"]]}]
    drawn = texts(load("tierdeps_graphs").tiers({"tiers": tiers, "drivers": drivers}))
    assert drawn.count("barrier") == 1
    assert drawn.count("stage 1") == 2
    assert {"tier one", "tier two", "a", "b", "c", "initialize", "autostart", "start"} <= set(drawn)


def test_two_passes_look_for_a_pool_too_early_and_tiers_do_not() -> None:
    timelines = load("tierdeps_timelines")
    timed, registered = timelines.plan_of(ROOT / "graphs" / "libvirt-1.2.1.toml")
    tiered, _ = timelines.plan_of(ROOT / "graphs" / "libvirt-1.2.1-tiered.toml")
    for bars, late in ((timelines.in_passes(timed, registered), True), (timelines.in_tiers(tiered, timed), False)):
        found = {bar.name: bar for bar in bars}
        assert (found["storage:autostart"].end > found["qemu:initialize"].thread) is late


def test_shares_are_drawn_as_counted() -> None:
    chart = load("tierdeps_chart")
    for name in ("race", "restart"):
        kept = (ROOT / "docs" / "explanation" / f"{name}.json").read_bytes()
        shares = msgspec.json.decode(kept, type=chart.Shares)
        bars = [float(bar.attrib["width"]) for bar in parse(chart.share_chart(shares)).iter(f"{SVG}rect")]
        expected = [row["count"] / row["of"] * chart.SCALE for row in json.loads(kept)["results"]]
        assert bars == pytest.approx(expected, abs=0.1)
