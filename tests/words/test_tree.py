"""Trees of drivers: what stands below what, once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, after, before, requires, wants
from tierdeps.words.tree import MAX_LEVELS, Branch, Tree, branches, forest, tree_lines


def drawn(below: dict[str, list[str]], *roots: str, depth: int | None = None) -> list[str]:
    tree = {upper: [Branch(lower) for lower in lowers] for upper, lowers in below.items()}
    return list(tree_lines(Tree(roots or forest(tree, tree), tree, depth)))


def test_what_is_below_is_shown_once_and_marked_afterwards() -> None:
    assert drawn({"a": ["b", "c"], "b": ["d"], "c": ["b", "d"]}, "a") == [
        "a",
        "├── b",
        "│   └── d",
        "└── c",
        "    ├── b (*)",
        "    └── d",
        "",
        "(*) what is below it is shown above",
    ]


def test_a_cycle_ends_where_it_closes() -> None:
    assert drawn({"a": ["b"], "b": ["a"]})[:3] == ["a", "└── b", "    └── a (cycle)"]


def test_the_levels_are_limited() -> None:
    below = {"a": ["b"], "b": ["c"], "c": ["d"]}
    assert drawn(below, "a", depth=1) == ["a", "└── b"]
    assert drawn(below, "a", depth=2) == ["a", "└── b", "    └── c"]


def test_what_was_not_shown_for_the_limit_is_shown_elsewhere() -> None:
    assert drawn({"a": ["b", "d"], "b": ["c"], "c": ["d"], "d": ["e"]}, "a", depth=3)[-2:] == ["└── d", "    └── e"]


def test_a_chain_of_thousands_ends_at_the_last_level_that_fits() -> None:
    below = {f"d{number}": [f"d{number + 1}"] for number in range(5_000)}
    lines = drawn(below, "d0")
    assert lines[MAX_LEVELS].endswith(f"d{MAX_LEVELS} ...")
    assert lines[-1].startswith("... not shown")


def test_names_of_users_are_escaped() -> None:
    assert drawn({"a\x1b": ["b\n"]}) == ["a\\x1b", "└── b\\n"]


def graph() -> DependencyGraph:
    return DependencyGraph(
        [
            Driver("a", dependencies=(requires("b"), wants("c", when="f"), requires("d"))),
            Driver("b", dependencies=(after("d"), before("e"))),
            *(Driver(name) for name in "cde"),
        ],
        facts={"f": True},
    )


def test_of_a_dependency_only_what_is_unusual_is_reported() -> None:
    below = branches(graph().edges)
    assert below["a"] == [Branch("b"), Branch("c", "wants, when f"), Branch("d")]
    assert below["b"] == [Branch("d", "after")]
    assert below["e"] == [Branch("b", "after")]


def test_upwards_it_is_what_needs_a_driver() -> None:
    above = branches(graph().edges, upwards=True)
    assert above["d"] == [Branch("a"), Branch("b", "after")]
    assert "a" not in above


NAMES = st.sampled_from("abcdefgh")


@given(st.dictionaries(NAMES, st.lists(NAMES, unique=True, max_size=4)))
def test_every_driver_of_any_graph_is_shown(below: dict[str, list[str]]) -> None:
    names = sorted({*below, *(name for names in below.values() for name in names)})
    tree = {upper: [Branch(lower) for lower in lowers if lower != upper] for upper, lowers in below.items()}
    lines = list(tree_lines(Tree(forest(names, tree), tree)))
    shown = {line.strip("│├└─ ").partition(" ")[0] for line in lines}
    assert shown >= set(names)
