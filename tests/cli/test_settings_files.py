"""Settings are looked for in the current folder, and above it up to the root of the repository."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps.cli import _settings_files
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from tests.cli.conftest import Ask


@pytest.fixture(autouse=True)
def tree(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder two levels below the root of a repository that has a graph and settings."""
    del ask
    Path(".git").mkdir()
    Path("site.toml").write_text("[drivers.a]\n[drivers.b]\nrequires = ['a']\n")
    Path("tierdeps.toml").write_text('graphs = ["site.toml"]\n')
    Path("deep/deeper").mkdir(parents=True)
    monkeypatch.chdir("deep/deeper")


def test_settings_of_the_root_hold_below_it(ask: Ask) -> None:
    answer = ask("order")
    assert answer.code == 0, answer.err
    assert "../../site.toml" in answer.out


@pytest.mark.parametrize("mark", ["file", ".hg", ".jj"])
def test_the_root_may_be_of_a_worktree_or_of_another_system(ask: Ask, mark: str) -> None:
    Path("../../.git").rmdir()
    if mark == "file":
        Path("../../.git").write_text("gitdir: elsewhere\n")
    else:
        Path("../..", mark).mkdir()
    assert ask("order").code == 0


def test_nothing_above_the_root_is_read(ask: Ask) -> None:
    Path("../.git").mkdir()
    answer = ask("check")
    assert "../../site.toml" not in answer.out
    assert "2 drivers" not in answer.out


def test_outside_of_a_repository_nothing_above_the_folder_is_read(ask: Ask) -> None:
    Path("../../.git").rmdir()
    assert "2 drivers" not in ask("check").out


def test_the_nearest_file_counts_alone(ask: Ask) -> None:
    Path("../site.toml").write_text("[drivers.c]\n")
    Path("../pyproject.toml").write_text('[tool.tierdeps]\ngraphs = ["site.toml"]\n')
    assert set(json.loads(ask("order", "--format", "json").out)["drivers"]) == {"c"}


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg"])
def test_a_nearer_file_of_other_tools_does_not_hide_the_settings(ask: Ask, name: str) -> None:
    Path(name).write_text("[tool.other]\n")
    assert ask("order").code == 0


def test_a_mistake_in_them_is_reported_with_the_path_to_them(ask: Ask) -> None:
    Path("../../tierdeps.toml").write_text("strict = 1\n")
    answer = ask("order")
    assert answer.code == 2
    assert answer.err.startswith("error: ../../tierdeps.toml: ")


def test_the_baseline_is_beside_the_settings(ask: Ask) -> None:
    Path("../../site.toml").write_text("[drivers.b]\nrequires = ['a']\n")
    assert ask("check", "--update-baseline", "--reason", "it comes later").code == 0
    assert Path("../../tierdeps.baseline.toml").exists()
    assert ask("check").code == 0
    assert ask("check", "--no-baseline").code == 1


def test_the_settings_name_a_baseline_relative_to_themselves(ask: Ask) -> None:
    Path("../../site.toml").write_text("[drivers.b]\nrequires = ['a']\n")
    Path("../../ci").mkdir()
    Path("../../tierdeps.toml").write_text('graphs = ["site.toml"]\nbaseline = "ci/known.toml"\n')
    assert ask("check", "--update-baseline", "--reason", "it comes later").code == 0
    assert Path("../../ci/known.toml").exists()
    assert ask("check").code == 0


def test_graphs_on_the_command_line_are_those_of_the_current_folder(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.here]\n")
    assert set(json.loads(ask("order", "site.toml", "--format", "json").out)["drivers"]) == {"here"}


def test_a_file_of_another_user_above_the_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_settings_files, "_is_trusted", lambda path, folder: False)
    with pytest.raises(InputError, match=r"^\.\./\.\./tierdeps\.toml: it belongs to another user; .*--config FILE"):
        list(_settings_files.candidates(Path()))


def test_trusted_are_this_user_root_and_the_owner_of_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "tierdeps.toml"
    assert _settings_files._is_trusted(path, tmp_path)
    assert not _settings_files._is_trusted(tmp_path / "gone.toml", tmp_path)
    if os.geteuid() == 0:
        (tmp_path / "mine").mkdir()
        os.chown(path, 12345, 12345)
        assert not _settings_files._is_trusted(path, tmp_path / "mine")
        os.chown(tmp_path / "mine", 12345, 12345)
        assert _settings_files._is_trusted(path, tmp_path / "mine")


def test_a_run_that_changed_its_folder_finds_the_same_file(tmp_path: Path) -> None:
    assert list(_settings_files.candidates(tmp_path / "deep" / "deeper")) == [str(tmp_path / "tierdeps.toml")]


def test_a_folder_that_was_deleted_has_no_settings(ask: Ask) -> None:
    Path.cwd().rmdir()
    assert ask("plugins").code == 0
