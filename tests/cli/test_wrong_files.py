"""Files given by mistake: another kind of file, the same file twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ask


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("project.toml", '[project]\nname = "x"\n', "line 1, project: not a graph file but a pyproject.toml"),
        ("pyproject.toml", "[build-system]\nrequires = []\n", "line 1, build-system: not a graph file but a pyproject"),
        ("Cargo.toml", '\n[package]\nname = "x"\n', "line 2, package: not a graph file but another kind of file"),
        ("package.json", '{"name": "x"}', "line 1, name: not a graph file but another kind of file"),
        ("mkdocs.yml", "site_name: x\n", "line 1, site_name: not a graph file but another kind of file"),
    ],
)
def test_a_file_of_another_kind_is_no_graph_file_with_a_misspelt_key(
    ask: Ask, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    answer = ask("check", name)
    assert answer.code == 2
    assert answer.err.startswith(f"error: {name}: {said}")
    assert "did you mean" not in answer.err


def test_a_misspelt_key_is_still_one_where_another_key_is_known(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text("[drivers.a]\n[fact]\nx = true\n")
    assert "unknown key 'fact'; did you mean 'facts'?" in ask("check", "g.toml").err


@pytest.mark.parametrize("again", ["g.toml", "./g.toml", "link.toml", "sub/../g.toml", "g*.toml"])
def test_a_file_that_is_given_twice_is_read_once(ask: Ask, tmp_path: Path, again: str) -> None:
    (tmp_path / "g.toml").write_text("[drivers.a]\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.toml").symlink_to("g.toml")
    answer = ask("check", "g.toml", again)
    assert (answer.code, answer.out) == (0, "1 driver, 0 dependencies, 1 tier: no problems found\n")
    named = "g.toml" if again == "g*.toml" else again
    assert answer.err == f"note: {named} is given more than once, and read once\n"


def test_only_tiers_that_have_a_driver_are_counted(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text('[tiers]\norder = ["core", "mid", "late"]\n[drivers.a]\ntier = "mid"\n')
    assert ask("check", "g.toml").out == "1 driver, 0 dependencies, 1 tier: no problems found\n"
    assert ask("order", "g.toml").out.startswith("1 tier, 1 driver")
