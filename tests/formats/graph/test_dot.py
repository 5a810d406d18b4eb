"""A picture in DOT, whatever the names in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

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
    return text


def test_draws_a_cluster_for_each_tier() -> None:
    assert (
        dot(Driver("qemu", tier="hypervisor", dependencies=(requires("secret"),)), Driver("secret", tier="core"))
        == """\
digraph tierdeps {
  rankdir=BT;
  graph [fontname="sans-serif", style="rounded", labelloc=b, labeljust=l];
  node [fontname="sans-serif", shape=box, style="rounded"];
  edge [fontname="sans-serif", fontsize=10];
  subgraph cluster_1 {
    label="core";
    "secret";
  }
  subgraph cluster_2 {
    label="hypervisor";
    "qemu";
  }
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
