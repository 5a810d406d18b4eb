"""Files and folders of a commit, written out as they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.repositories import commit, git, put
from tierdeps.cli._git import Repository
from tierdeps.cli._graph_pairs import expand, pair_graphs
from tierdeps.cli._trees import find, write

if TYPE_CHECKING:
    from tests.cli.conftest import Ask


@pytest.fixture
def folders(repository: Ask) -> str:
    """A commit with the folder ``site`` of some files and links."""
    assert repository
    put("site/a.toml", "a")
    put("site/deep/größe b", "b")
    Path("site/link").symlink_to("a.toml")
    Path("site/out").symlink_to("/")
    Path("linked").symlink_to("site/deep")
    return commit("folders")


def written(commit_id: str, name: str, folder: Path) -> dict[str, str]:
    around = Repository.around(Path.cwd())
    here = write(around, find(around, commit_id, [around.relative(name)]).values(), folder)
    files = (path for path in folder.rglob("*") if not path.is_dir())
    assert here.is_dir()
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_a_folder_is_written_without_its_links(folders: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    put("site/later.toml", "later")
    found = written(folders, "site", tmp_path_factory.mktemp("out"))
    assert found == {"site/a.toml": "a", "site/deep/größe b": "b"}


def test_a_folder_behind_a_link_is_written_under_the_name_that_was_asked_for(
    folders: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert written(folders, "linked", tmp_path_factory.mktemp("out")) == {"linked/größe b": "b"}


def test_the_folder_one_is_in_is_written(
    folders: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("site")
    assert set(written(folders, ".", tmp_path_factory.mktemp("out"))) == {"site/a.toml", "site/deep/größe b"}
    assert set(written(folders, "../graphs", tmp_path_factory.mktemp("out"))) == {
        "graphs/site.toml",
        "graphs/more file.toml",
    }


def test_a_folder_that_only_one_side_has_is_new_or_gone(folders: str) -> None:
    around = Repository.around(Path.cwd())
    (pair,) = pair_graphs(around, "main", folders, ["site"])
    assert (pair.old, pair.new) == (None, "site")
    git("rm", "-r", "--quiet", "site")
    (pair,) = pair_graphs(around, folders, None, ["site"])
    assert (pair.old, pair.new) == ("site", None)


def test_a_pattern_that_ends_in_a_slash_matches_folders(folders: str) -> None:
    around = Repository.around(Path.cwd())
    for side in (folders, None):
        assert set(expand(around, ("main", side), [around.relative("*/")])) >= {"graphs", "site"}
    assert expand(around, (folders, "main"), ["s*/"]) == ["site"]
    assert expand(around, (folders, "main"), ["s*"]) == ["s*"], "files alone match"
