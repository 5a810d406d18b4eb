"""What is started from the same graphs is the same instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps.journal import instance_of
from tierdeps.journal.instances import sources_of

if TYPE_CHECKING:
    from pathlib import Path


def test_is_the_same_wherever_it_is_named_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.toml").symlink_to(tmp_path / "stack.toml")
    monkeypatch.chdir(tmp_path / "sub")
    expected = instance_of((str(tmp_path / "stack.toml"),))
    assert expected == (str(tmp_path / "stack.toml"), "stack.toml")
    assert instance_of(("../stack.toml",)) == instance_of(("../link.toml",)) == expected


def test_several_graphs_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    both = instance_of(("a.toml", "b.toml"))
    assert both.title == "a.toml + b.toml"
    assert len({both.key, instance_of(("a.toml",)).key, instance_of(("b.toml",)).key}) == 3


def test_without_a_graph_it_is_the_installed_plugins() -> None:
    assert instance_of(()).title == "the installed plugins"
    assert instance_of(("-",)).title == "the standard input"


@pytest.mark.parametrize("names", [("/a.toml",), ("/a.toml", "-", "/b"), ("/a\nb.toml", "/c"), ("/a\n\nb", "-")])
def test_what_it_was_started_from_can_be_told_from_its_key(names: tuple[str, ...]) -> None:
    assert sources_of(instance_of(names).key) == names
