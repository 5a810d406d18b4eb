"""A picture in DOT, whatever the names in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, Tier, after, conflicts, requires, wants
from tierdeps.formats import View
from tierdeps.formats.graph.dot import render
from tierdeps.graph.view import build_view

TIERS = (Tier("core"), Tier("hypervisor", after=("core",)))
NASTY = (
    'quo"te',
    "back\\slash",
    "end\\",
    "\\n",
    "new\nline",
    "\\",
    "<b>&amp;</b>",
    "\x1b[31m",
    "\0",
    "größe",
    "日本",
    "{a|b}",
    "\\N\\G\\L",
)
needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")


def dot(*drivers: Driver, disabled: tuple[str, ...] = ()) -> str:
    graph = DependencyGraph(drivers, TIERS, disabled=disabled).with_all_facts()
    text = "".join(f"{line}\n" for line in render(build_view(graph), View()))
    assert text.isascii()
    assert text.isprintable() or set(text) - {"\n"} <= set(map(chr, range(32, 127)))
    return re.sub(r'(?:, | \[)tooltip="[^"]*"(\]?)', lambda found: found[1] if found[0][0] == "," else "", text)


def test_draws_a_cluster_for_each_tier() -> None:
    assert (
        re.sub(
            r"label=\"solid[^\"]*",
            'label="LEGEND',
            dot(Driver("qemu", tier="hypervisor", dependencies=(requires("secret"),)), Driver("secret", tier="core")),
        )
        == """\
digraph tierdeps {
  rankdir=BT;
  graph [fontname="sans-serif", style="rounded", labelloc=b, labeljust=l];
  node [fontname="sans-serif", shape=box, style="rounded"];
  edge [fontname="sans-serif", fontsize=10];
  label="LEGEND";
  subgraph cluster_1 {
    label="core";
    "secret";
  }
  subgraph cluster_2 {
    label="hypervisor";
    "qemu";
  }
  "between 1" [style=invis, shape=point, label=""];
  "between 1" -> "secret" [style=invis];
  "qemu" -> "between 1" [style=invis];
  "qemu" -> "secret";
}
"""
    )


def test_an_arrow_looks_as_what_it_is() -> None:
    found = dot(
        Driver("hard", dependencies=(requires("x"),)),
        Driver("soft", dependencies=(wants("x"),)),
        Driver("order", dependencies=(after("x"),)),
        Driver("conditional", dependencies=(requires("x", when="pool.auth"),)),
        Driver("phased", phases=("one", "two"), dependencies=(requires("x", phase="two", when="f"),)),
        Driver("enemy", dependencies=(conflicts("x"),)),
        Driver("x"),
    )
    assert '"hard" -> "x";' in found
    assert '"soft" -> "x" [style=dashed];' in found
    assert '"order" -> "x" [style=dashed];' in found
    assert '"conditional" -> "x" [label="when pool.auth", style=dotted];' in found
    assert '"phased" -> "x" [label="two -&#62; start\\nwhen f", style=dotted];' in found
    assert '"enemy" -> "x" [label="conflicts", dir=none, constraint=false, color="#c00000"' in found


def test_what_is_wrong_is_red() -> None:
    found = dot(
        Driver("a", dependencies=(requires("b"), requires("ghost"))),
        Driver("b", dependencies=(requires("a"),)),
        Driver("c", tier="core", dependencies=(requires("late"), requires("ghost"))),
        Driver("late", tier="hypervisor"),
    )
    for arrow in ('"a" -> "b"', '"b" -> "a"', '"c" -> "late"'):
        assert f'{arrow} [color="#c00000", fontcolor="#c00000", penwidth=2];' in found
    assert found.count('"ghost (missing)" [label=') == 1
    assert '"a" -> "ghost (missing)" [color="#c00000"' in found


def test_a_disabled_driver_is_pale() -> None:
    assert '"a" [style="rounded,dashed", color=gray50, fontcolor=gray50];' in dot(Driver("a"), disabled=("a",))


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ('quo"te', '"quo\\"te" [label="quo&#34;te"];'),
        ("end\\", '"end\\\\" [label="end\\\\"];'),
        ("new\nline", '"new\\nline" [label="new\\\\nline"];'),
        ("<b>&amp;</b>", '"<b>&amp;</b>" [label="&#60;b&#62;&#38;amp&#59;&#60;/b&#62;"];'),
        ("\x1b", '"\\x1b" [label="\\\\x1b"];'),
        ("größe", '"gr\\xf6\\xdfe" [label="gr&#246;&#223;e"];'),
    ],
)
def test_names_are_escaped(name: str, node: str) -> None:
    assert f"    {node}\n" in dot(Driver(name))


@given(st.lists(st.text(min_size=1).filter(str.strip), unique=True, max_size=8))
def test_different_names_have_different_identifiers(names: list[str]) -> None:
    nodes = re.findall(r'^    ("(?:\\.|[^"\\])*")[ ;]', dot(*map(Driver, names)), re.MULTILINE)
    assert len(set(nodes)) == len(names)


@needs_graphviz
def test_graphviz_reads_nasty_names_as_they_are() -> None:
    drivers = [Driver(name, dependencies=tuple(map(requires, NASTY[:place]))) for place, name in enumerate(NASTY)]
    assert labels_in_graphviz(dot(*drivers)) == sorted(map(shown, NASTY))


@needs_graphviz
@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1).filter(str.strip), unique=True, min_size=1, max_size=8))
def test_graphviz_reads_any_names_as_they_are(names: list[str]) -> None:
    assert labels_in_graphviz(dot(*map(Driver, names))) == sorted(map(shown, names))


def shown(name: str) -> str:
    """Return a name as it is to be seen: what cannot be printed, or not by Graphviz, stands as an escape."""
    return "".join(
        char if char.isprintable() and char <= "\uffff" else char.encode("unicode_escape").decode() for char in name
    )


def labels_in_graphviz(text: str) -> list[str]:
    done = subprocess.run(
        ["dot", "-Tjson"],  # noqa: S607
        input=text,
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    drawn = [item for item in found["objects"] if "_ldraw_" in item and not item["name"].startswith("cluster")]
    return sorted("".join(part["text"] for part in item["_ldraw_"] if part["op"] == "T") for item in drawn)


def dot_of(graph: DependencyGraph) -> str:
    return "\n".join(render(build_view(graph, with_cycles=True), View()))


def test_tooltips_have_the_reason_and_the_place() -> None:
    needs = (requires("b", reason='disks "of" pools\\'),)
    found = dot_of(DependencyGraph((Driver("a", dependencies=needs), Driver("b", description="größer"))))
    assert re.search(r'"a" -> "b" \[tooltip="disks &#34;of&#34; pools\\\\\\n\S*test_dot.py:\d+"\];', found)
    assert re.search(r'"b" \[tooltip="gr&#246;&#223;er\\n\S*test_dot.py:\d+"\];', found)


def test_the_cycle_that_is_shown_and_the_cut_are_marked_apart_from_the_component() -> None:
    names = "abcdefgh"
    ring = [(names[at], names[(at + 1) % 8]) for at in range(8)]
    needs = {one: [other] for one, other in ring}
    needs["b"].append("a")
    graph = DependencyGraph(
        tuple(Driver(one, dependencies=tuple(map(requires, found))) for one, found in needs.items())
    )
    (cycle,) = graph.cycles()
    lines = dot_of(graph).splitlines()
    named = {(edge.dependent.driver, edge.needed.driver) for edge in cycle.edges}
    cut = {(edge.dependent.driver, edge.needed.driver) for edge in cycle.feedback_arcs}
    ends = {tuple(re.findall(r'"(\w)"', line)[:2]): line for line in lines if " -> " in line}
    assert {pair for pair, line in ends.items() if "penwidth=4" in line} == named
    assert {pair for pair, line in ends.items() if "#b35900" in line} == cut
    assert sum("penwidth=2" in line for line in ends.values()) == len(ends) - len(named | cut)


@needs_graphviz
def test_tiers_are_stacked_and_a_wide_stage_has_rows() -> None:
    tiers = [Tier(f"tier{at}", after=(f"tier{at - 1}",) if at else ()) for at in range(3)]
    drivers = [Driver(f"{tier.name}-{at}", tier=tier.name) for tier in tiers for at in range(40)]
    text = dot_of(DependencyGraph(drivers, tiers))
    done = subprocess.run(["dot", "-Tjson"], input=text, check=True, capture_output=True, text=True)  # noqa: S607
    found = json.loads(done.stdout)
    clusters = {item["label"]: item["bb"] for item in found["objects"] if item["name"].startswith("cluster")}
    boxes = [[float(number) for number in clusters[tier.name].split(",")] for tier in tiers]
    for (_, bottom, _, _), (_, _, _, top) in pairwise(boxes):
        assert top <= bottom
    assert max(right - left for left, _, right, _ in boxes) < 1500


def test_a_node_between_tiers_has_no_name_of_a_driver() -> None:
    drivers = (Driver("between 1", tier="core"), Driver("a", tier="hypervisor"))
    found = dot_of(DependencyGraph(drivers, TIERS))
    assert found.count('"between \'1" [style=invis, shape=point') == 1
    assert '"between 1" [style=invis, shape' not in found
