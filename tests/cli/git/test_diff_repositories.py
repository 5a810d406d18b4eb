"""``tierdeps diff`` in repositories of all kinds, and where there is none."""

from __future__ import annotations

import os
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.repositories import commit, document, git, put

if TYPE_CHECKING:
    from tests.cli.conftest import Ask


def test_a_bare_repository_has_revisions_and_no_working_tree(
    repository: Ask, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path_factory.mktemp("bare")
    git("clone", "--quiet", "--bare", ".", str(bare))
    monkeypatch.chdir(bare)
    assert repository("diff", "main..branch", "graphs/site.toml").out.startswith("main -> branch: 2 drivers moved")
    assert "graph added" in repository("diff", "main..branch", "graphs/more file.toml").out
    answer = repository("diff", "main", "graphs/site.toml")
    assert (answer.code, answer.out) == (2, "")
    assert "there is none in a bare repository; name two revisions: REV..REV" in answer.err


def test_a_linked_worktree_is_a_working_tree(
    repository: Ask, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("worktree") / "main"
    git("worktree", "add", "--quiet", str(folder), "main")
    monkeypatch.chdir(folder / "graphs")
    assert repository("diff", "branch", "site.toml").out.startswith("branch -> working tree: 2 drivers moved")
    assert repository("diff", "main..branch", "more file.toml").out.startswith("main -> branch: graph added")


@pytest.fixture
def submodule(repository: Ask, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """The repository with another one in ``sub``."""
    other = tmp_path_factory.mktemp("other")
    git("init", "--quiet", "--initial-branch=main", folder=other)
    (other / "inner.toml").write_text("[drivers.a]\n")
    git("add", ".", folder=other)
    git("commit", "--quiet", "--message", "inner", folder=other)
    git("submodule", "--quiet", "add", str(other), "sub")
    commit("with a submodule")
    return repository


@pytest.mark.parametrize("revisions", ["HEAD", "HEAD~1..HEAD"])
def test_a_file_of_a_submodule_is_not_taken_for_a_new_one(submodule: Ask, revisions: str) -> None:
    answer = submodule("diff", revisions, "sub/inner.toml")
    assert (answer.code, answer.out) == (2, "")
    assert "sub/inner.toml: it belongs to the repository in sub; compare its revisions there" in answer.err


def test_within_a_submodule_its_own_revisions_are_compared(submodule: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("sub")
    put("inner.toml", "[drivers.a]\n[drivers.b]\n")
    assert document(submodule, "HEAD", "inner.toml")["changed"] is True


def test_a_file_that_a_sparse_checkout_omits_is_not_taken_for_a_deleted_one(repository: Ask) -> None:
    put("other/x.toml", "[drivers.x]\n")
    commit("other")
    git("sparse-checkout", "set", "other")
    assert not Path("graphs").exists()
    answer = repository("diff", "main", "graphs/site.toml")
    assert (answer.code, answer.out) == (2, "")
    assert "it is not checked out here (git sparse-checkout)" in answer.err


def test_a_shallow_clone_says_how_to_get_the_rest(
    repository: Ask, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path_factory.mktemp("shallow")
    git("clone", "--quiet", "--depth=1", f"file://{tmp_path}", str(clone))
    monkeypatch.chdir(clone)
    for arguments in (("HEAD~1..HEAD",), ("HEAD~1",), ("main...HEAD",)):
        answer = repository("diff", *arguments, "graphs/site.toml")
        assert (answer.code, answer.out) == (2, "")
        assert "git has no such revision; this is a shallow clone: git fetch --unshallow" in answer.err
        assert answer.err.count("\n") == 1


def test_where_two_revisions_parted_may_be_beyond_a_shallow_clone(
    repository: Ask, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("checkout", "--quiet", "main")
    commit("later")
    clone = tmp_path_factory.mktemp("shallow")
    git("clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{tmp_path}", str(clone))
    monkeypatch.chdir(clone)
    answer = repository("diff", "origin/main...origin/branch", "graphs/site.toml")
    assert answer.code == 2
    assert "no common ancestor here; this is a shallow clone" in answer.err


def test_a_branch_that_only_the_remote_has_is_offered(
    repository: Ask, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path_factory.mktemp("clone")
    git("clone", "--quiet", str(tmp_path), str(clone))
    monkeypatch.chdir(clone)
    answer = repository("diff", "main..HEAD", "graphs/site.toml")
    assert (answer.code, answer.err) == (
        2,
        "error: revision 'main': git has no such revision; did you mean 'origin/main'?\n",
    )


@pytest.mark.parametrize("arguments", [("main..branch", "site.toml"), ("main", "site.toml"), ("main",)])
def test_outside_a_repository_revisions_are_refused(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    answer = ask("diff", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "not a git repository" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [("main..branch", "site.toml"), ("main", "site.toml"), ("main",)])
def test_without_git_revisions_are_refused_and_files_compared(
    repository: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = repository("diff", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "it is not installed; name two graph files instead of revisions" in answer.err
    assert repository("diff", "graphs/site.toml", "graphs/more file.toml").code == 0


def test_git_that_cannot_be_run_is_reported(repository: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put("bin/git", "").chmod(0o755)  # the system takes it for no program
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    answer = repository("diff", "main..branch", "graphs/site.toml")
    assert (answer.code, answer.err) == (2, "error: git: it cannot be run: exec format error\n")


def test_what_git_says_in_another_language_is_not_asked_for(
    repository: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put("bin/git", '#!/bin/sh\necho "fatal: $LC_ALL" >&2\necho more >&2\nexit 128\n').chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert repository("diff", "main..branch", "site.toml").err == "error: revisions: git says: C\n"


def test_a_repository_of_somebody_else_is_reported_with_what_makes_git_trust_it(
    repository: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    answer = repository("diff", "main..branch", "graphs/site.toml")
    assert answer.code == 2
    assert "dubious ownership" in answer.err
    assert "git config --global --add safe.directory" in answer.err


def test_in_a_folder_that_has_been_deleted_revisions_are_refused(repository: Ask, tmp_path: Path) -> None:
    Path("gone").mkdir()
    with chdir(tmp_path):
        os.chdir("gone")
        (tmp_path / "gone").rmdir()
        answer = repository("diff", "main..branch", "site.toml")
    assert (answer.code, answer.err) == (2, "error: the current folder: it has been deleted; change to another one\n")
