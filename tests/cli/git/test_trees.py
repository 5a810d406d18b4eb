"""Files and folders of a commit, written out as they were."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.repositories import commit, git, put
from tierdeps.cli.git.graph_pairs import expand, pair_graphs
from tierdeps.cli.git.repository import Repository
from tierdeps.cli.git.trees import find, write
from tierdeps.errors import InputError

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


def hostile(path: str) -> str:
    """Return a commit whose folder ``site`` has a file of this path, as no git would write it."""
    *folders, name = path.split("|")
    found = _stored("blob", b"planted")
    found = _tree(b"100644", name, found)
    for folder in reversed(folders):
        found = _tree(b"40000", folder, found)
    return git("commit-tree", "-m", "hostile", _tree(b"40000", "site", found))


def _tree(mode: bytes, name: str, found: str) -> str:
    return _stored("tree", b"%b %b\0%b" % (mode, name.encode(), bytes.fromhex(found)))


def _stored(kind: str, data: bytes) -> str:
    command = ("git", "hash-object", "-t", kind, "-w", "--literally", "--stdin")
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout.decode().strip()


@pytest.mark.parametrize("path", ["..|planted", "..|..|planted", "deep|..|..|planted", "/planted", "..|..|etc|planted"])
@pytest.mark.usefixtures("repository")
def test_a_tree_that_leads_out_of_the_folder_is_refused_and_nothing_is_written(path: str, tmp_path: Path) -> None:
    absolute = path.replace("/planted", f"{tmp_path}/planted")
    out = tmp_path / "a" / "b" / "out"
    out.mkdir(parents=True)
    with pytest.raises(InputError, match=r"planted', which leads out of it; do not trust this repository"):
        written(hostile(absolute), "site", out)
    assert not list(tmp_path.rglob("planted"))


@pytest.mark.usefixtures("repository")
def test_dots_in_a_name_are_no_way_out(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = written(hostile("..deep|a..b"), "site", tmp_path_factory.mktemp("out"))
    assert found == {"site/..deep/a..b": "planted"}


def test_a_tree_that_leads_out_of_the_folder_is_an_error_of_one_sentence(repository: Ask) -> None:
    answer = repository("diff", f"{hostile('..|planted')}..HEAD", "site/")
    assert (answer.code, answer.out) == (2, "")
    assert "it has a file '../planted', which leads out of it; do not trust this repository" in answer.err


@pytest.mark.usefixtures("repository")
def test_a_name_that_no_file_can_have_is_an_error_of_one_sentence(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(InputError, match="cannot be written out: file name too long"):
        written(hostile("x" * 300), "site", tmp_path_factory.mktemp("out"))
