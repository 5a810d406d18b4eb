"""A picture in Mermaid, whatever the names in it."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, Tier, after, conflicts, requires
from tierdeps.formats import View
from tierdeps.formats.graph.mermaid import render
from tierdeps.graph.view import build_view

TIERS = (Tier("core"), Tier("hypervisor", after=("core",)))
NODE = re.compile(r'    d\d+\["([^"]*)"\]')


def mermaid(*drivers: Driver, disabled: tuple[str, ...] = ()) -> str:
    graph = DependencyGraph(drivers, TIERS, disabled=disabled).with_all_facts()
    text = "".join(f"{line}\n" for line in render(build_view(graph), View()))
    assert text.isascii()
    return text


def test_draws_a_subgraph_for_each_tier() -> None:
    found = mermaid(
        Driver("qemu", tier="hypervisor", dependencies=(requires("secret"),)), Driver("secret", tier="core")
    )
    assert (
        found
        == """\
flowchart BT
  subgraph t1["core"]
    d2["secret"]
  end
  subgraph t2["hypervisor"]
    d1["qemu"]
  end
  d1 --> d2
"""
    )


def test_an_arrow_looks_as_what_it_is() -> None:
    found = mermaid(
        Driver("a", dependencies=(requires("x"),)),
        Driver("b", dependencies=(after("x"),)),
        Driver("c", phases=("one", "two"), dependencies=(requires("x", phase="two", when="pool"),)),
        Driver("d", dependencies=(conflicts("x"),)),
        Driver("x"),
    )
    rows = found.splitlines()
    assert "  d1 --> d5" in rows
    assert "  d2 -.-> d5" in rows
    assert '  d3 -.->|"two -#62; start<br/>when pool"| d5' in rows
    assert '  d4 ---|"conflicts"| d5' in rows
    assert rows[-2:] == [
        "  linkStyle 2 stroke-dasharray:1 4",
        "  linkStyle 3 stroke:#c00000,stroke-width:2px",
    ]


def test_what_is_wrong_is_red_and_styles_count_arrows_from_nought() -> None:
    found = mermaid(
        Driver("a", dependencies=(requires("ghost"), requires("b"), requires("c"))),
        Driver("b", dependencies=(requires("a"),)),
        Driver("c"),
    )
    assert [row.strip() for row in found.splitlines()[6:]] == [
        'x1["ghost (missing)"]:::missing',
        "d1 --> d2",
        "d1 --> d3",
        "d2 --> d1",
        "d1 --> x1",
        "linkStyle 0 stroke:#c00000,stroke-width:2px",
        "linkStyle 2 stroke:#c00000,stroke-width:2px",
        "linkStyle 3 stroke:#c00000,stroke-width:2px",
        "classDef missing stroke:#c00000,stroke-dasharray:4 4",
    ]


def test_a_disabled_driver_is_pale() -> None:
    assert mermaid(Driver("a"), Driver("b"), disabled=("b",)).endswith("  class d2 disabled\n")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ('quo"te', "quo#34;te"),
        ("<script>", "#60;script#62;"),
        ("#35;", "#35;35#59;"),
        ("&amp;", "#38;amp#59;"),
        ("`md`", "#96;md#96;"),
        ("1. one", "1#46; one"),
        ("new\nline", "new#92;nline"),
        ("\x1b", "#92;x1b"),
        ("größe", "gr#246;#223;e"),
        ("end", "end"),
    ],
)
def test_names_are_escaped(name: str, label: str) -> None:
    assert NODE.findall(mermaid(Driver(name))) == [label]


@given(st.lists(st.text(min_size=1).filter(str.strip), unique=True, max_size=8))
def test_every_name_can_be_read_in_its_label(names: list[str]) -> None:
    labels = NODE.findall(mermaid(*map(Driver, names)))
    assert not re.search(r"[<>&`\\]", "".join(labels))
    seen = [html.unescape(re.sub(r"#(\d+);", r"&#\1;", label)) for label in labels]
    shown = ("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name) for name in names)
    assert sorted(seen) == sorted(shown)


def test_a_graph_above_the_limits_is_condensed() -> None:
    tiers = (Tier("core"), Tier("hypervisor", after=("core",)))
    core = [Driver(f"core{at}", tier="core") for at in range(30)]
    needs = tuple(requires(driver.name) for driver in core)
    rest = [Driver(f"guest{at}", tier="hypervisor", dependencies=needs) for at in range(20)]
    warnings: list[str] = []
    view = View(warn=warnings.append)
    text = "".join(f"{line}\n" for line in render(build_view(DependencyGraph((*core, *rest), tiers)), view))
    assert warnings == ["Mermaid draws at most 500 edges and 50000 characters, so 1 tier is drawn as a node"]
    assert text.startswith("flowchart BT\n  %% condensed")
    assert '"core (30 drivers)"' in text
    assert text.count(" --> ") == 20


def test_long_names_are_condensed_too() -> None:
    graph = DependencyGraph([Driver("x" * 200 + str(at)) for at in range(300)])
    text = "".join(f"{line}\n" for line in render(build_view(graph), View()))
    assert "300 drivers" in text
    assert len(text) < 50_000
