"""Where something is to be written: the same words for graph files, plugins and programs."""

from __future__ import annotations

import pytest

from tierdeps.fixes.places import is_in_graph_file, quoted, settled_at_top, settled_in, table_of, where
from tierdeps.model import Origin

FILE = Origin("graph.toml", 3, "drivers.a.requires[0]")
PLUGIN = Origin("acme/__init__.py", 7, distribution="acme", version="1.2")


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (FILE, "in drivers.a.requires[0] (graph.toml:3)"),
        (Origin("graph.yaml", None, "drivers.a"), "in drivers.a (graph.yaml)"),
        (PLUGIN, "in acme 1.2, acme/__init__.py:7"),
        (Origin("app.py", 2), "in app.py:2"),
        (Origin(), "where it is declared"),
    ],
)
def test_a_place_is_named_as_its_author_knows_it(origin: Origin, expected: str) -> None:
    assert where(origin) == expected


def test_a_key_below_is_named_in_a_graph_file_alone() -> None:
    assert where(Origin("graph.toml", 3, "drivers.a"), "tier") == "in drivers.a.tier (graph.toml:3)"
    assert where(PLUGIN, "tier") == "in acme 1.2, acme/__init__.py:7"


def test_a_key_of_another_format_is_no_graph_file() -> None:
    assert is_in_graph_file(FILE)
    assert is_in_graph_file(Origin("graph.toml", 1, "tiers.order[0]"))
    assert not is_in_graph_file(Origin("pool.xml", None, "pool 'default'"))
    assert not is_in_graph_file(PLUGIN)


def test_what_plugins_declare_is_settled_in_the_settings_alone() -> None:
    assert settled_in([PLUGIN]) == settled_at_top([PLUGIN]) == "in the settings"
    assert settled_in([PLUGIN, FILE]) == "in the graph file or in tierdeps.toml"
    assert settled_at_top([FILE]) == "at the top of the graph file or of tierdeps.toml"


def test_names_are_written_as_toml_has_them() -> None:
    assert table_of("a") == "drivers.a"
    assert table_of("a.b") == 'drivers."a.b"'
    assert quoted('a"b') == '"a\\"b"'
