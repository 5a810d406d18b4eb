"""Runs of the same graphs belong to the same instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps.errors import InputError
from tierdeps.journal import instance_of
from tierdeps.journal.instances import resolved, sources_of

if TYPE_CHECKING:
    from pathlib import Path


def test_is_the_same_wherever_it_is_named_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    stack = str(tmp_path / "stack.toml")
    assert instance_of((stack,)) == instance_of(("../stack.toml",)) == (stack, "stack.toml", stack)


def test_goes_by_the_path_that_it_is_named_with_and_by_where_that_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "current").symlink_to("1")
    named, real = str(tmp_path / "current" / "a.toml"), str(tmp_path / "1" / "a.toml")
    monkeypatch.chdir(tmp_path)
    assert instance_of(("current/a.toml",)) == (named, "a.toml", real)
    monkeypatch.chdir(tmp_path / "current")
    assert instance_of(("a.toml",)) == (real, "a.toml", real)
    monkeypatch.setenv("PWD", str(tmp_path / "current"))  # as a shell says that went there by the link
    assert instance_of(("a.toml",)) == (named, "a.toml", real)
    for wrong in (str(tmp_path), "current", str(tmp_path / "missing")):
        monkeypatch.setenv("PWD", wrong)
        assert instance_of(("a.toml",)) == (real, "a.toml", real)


def test_the_folder_above_a_link_is_that_of_where_it_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1" / "deep").mkdir(parents=True)
    (tmp_path / "current").symlink_to("1/deep")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "1" / "a.toml").touch()
    assert instance_of(("current/../a.toml",)).key == str(tmp_path / "1" / "a.toml")
    assert instance_of(("1/deep/../a.toml",)).key == str(tmp_path / "1" / "a.toml")


def test_several_graphs_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    both = instance_of(("a.toml", "b.toml"))
    assert both.title == "a.toml + b.toml"
    assert len({both.key, instance_of(("a.toml",)).key, instance_of(("b.toml",)).key}) == 3


def test_without_a_graph_it_is_the_installed_plugins() -> None:
    plugins, standard_input = instance_of(()), instance_of(("-",))
    assert plugins.title == "the installed plugins"
    assert plugins.real == plugins.key
    assert standard_input == ("-", "the standard input", "-")
    assert resolved(plugins) == plugins
    assert resolved(standard_input) == standard_input


def test_where_a_name_leads_may_have_changed(tmp_path: Path) -> None:
    for version in "12":
        (tmp_path / version).mkdir()
    current = tmp_path / "current"
    current.symlink_to("1")
    before = instance_of((str(current / "a.toml"), str(current / "b.toml")))
    current.unlink()
    current.symlink_to("2")
    after = resolved(before)
    assert (after.key, after.title) == (before.key, before.title)
    assert sources_of(after.real) == (str(tmp_path / "2" / "a.toml"), str(tmp_path / "2" / "b.toml"))


def test_a_name_with_a_byte_that_is_no_text_comes_back_as_it_was() -> None:
    for name in ("/a\udcff", "/\udc80/b\udcfe.toml", "/a\nb"):
        assert sources_of(instance_of((name, "/other")).key) == (name, "/other")


@pytest.mark.parametrize("name", ["a\0", "\ud800", "/a/\0b"])
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="not the name of a file"):
        instance_of((name,))


@pytest.mark.parametrize("names", [("/a.toml",), ("/a.toml", "-", "/b"), ("/a\nb.toml", "/c"), ("/a\n\nb", "-")])
def test_the_key_of_an_instance_gives_its_graph_files(names: tuple[str, ...]) -> None:
    assert sources_of(instance_of(names).key) == names


def test_a_whole_path_is_an_instance_from_a_deleted_folder_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    monkeypatch.delenv("PWD", raising=False)
    (tmp_path / "gone").rmdir()
    assert instance_of(("/a.toml",)) == ("/a.toml", "a.toml", "/a.toml")
