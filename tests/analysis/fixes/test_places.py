"""Where something is to be written: the same words for graph files, plugins and programs."""

from __future__ import annotations

import pytest

from tierdeps.analysis.fixes.places import (
    can_be_optional,
    how_to_make_optional,
    is_in_graph_file,
    is_in_settings,
    quoted,
    settings_place,
    settings_top,
    table_of,
    where,
)
from tierdeps.model import Origin

FILE = Origin("graph.toml", 3, "drivers.a.requires[0]")
ENTRY = Origin("tierdeps.toml", 4, "dependencies[1]")
ITEM = Origin("pyproject.toml", 9, "tool.tierdeps.dependencies[12].wants[2]")
PLUGIN = Origin("acme/__init__.py", 7, distribution="acme", version="1.2")


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (FILE, "in drivers.a.requires[0] (graph.toml:3)"),
        (Origin("graph.yaml", None, "drivers.a"), "in drivers.a (graph.yaml)"),
        (ENTRY, "in dependencies[1] (tierdeps.toml:4)"),
        (ITEM, "in tool.tierdeps.dependencies[12].wants[2] (pyproject.toml:9)"),
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


def test_for_what_plugins_declare_only_the_settings_are_named() -> None:
    assert settings_place([PLUGIN]) == settings_top([PLUGIN]) == "in the settings"
    assert settings_place([PLUGIN, FILE]) == "in the graph file or in tierdeps.toml"
    assert settings_top([FILE]) == "at the top of the graph file or of tierdeps.toml"


def test_names_are_written_as_toml_has_them() -> None:
    assert table_of("a") == "drivers.a"
    assert table_of("a.b") == 'drivers."a.b"'
    assert quoted('a"b') == '"a\\"b"'


def test_entries_of_the_settings_are_distinguished_from_other_keys() -> None:
    assert is_in_settings(ENTRY)
    assert is_in_settings(ITEM)
    assert not any(map(is_in_settings, (FILE, PLUGIN, Origin("tierdeps.toml", None, "drivers.dependencies[0]"))))


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (FILE, "optional = true, in drivers.a.requires[0] (graph.toml:3)"),
        (ENTRY, "optional = true, in dependencies[1] (tierdeps.toml:4)"),
        (ITEM, "optional = true, as a separate entry, not in tool.tierdeps.dependencies[12] (pyproject.toml:9)"),
        (PLUGIN, "optional=True, in acme 1.2, acme/__init__.py:7"),
    ],
)
def test_optional_is_written_as_the_place_takes_it(origin: Origin, expected: str) -> None:
    assert how_to_make_optional(origin) == f"if it may be absent, declare that: {expected}"


def test_a_file_of_another_program_has_no_word_for_optional() -> None:
    assert all(map(can_be_optional, (FILE, ENTRY, ITEM, PLUGIN, Origin("app.py", 2), Origin())))
    assert not can_be_optional(Origin("qemu/web.xml", 10))
    assert not can_be_optional(Origin("units/web.service", 3, "Unit.Requires"))
