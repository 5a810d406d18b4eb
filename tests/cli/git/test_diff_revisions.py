"""``tierdeps diff`` of git revisions in which a graph added, gone or renamed, and of the working tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.repositories import NEW, OLD, commit, document, git, put

if TYPE_CHECKING:
    from tests.cli.conftest import Ask


def test_a_graph_that_the_old_side_lacks_is_new(repository: Ask) -> None:
    answer = repository("diff", "main..branch", "graphs/more file.toml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("main -> branch: graph added; 1 driver added\n\ngraphs\n  + graphs/more file.toml\n")


def test_a_graph_that_the_new_side_lacks_is_gone(repository: Ask) -> None:
    answer = repository("diff", "branch..main", "graphs/more file.toml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(
        "branch -> main: graph removed; 1 driver removed\n\ngraphs\n  - graphs/more file.toml\n"
    )


def test_markdown_and_json_say_that_a_graph_is_new(repository: Ask) -> None:
    text = repository("diff", "main..branch", "graphs/more file.toml", "--format", "markdown").out
    assert text.startswith("**`main` -> `branch`**: graph added; 1 driver added\n\n**graphs**\n\n- added: `graphs/more")
    found = document(repository, "main..branch", "graphs/more file.toml")
    assert found["graphs"] == {"added": ["graphs/more file.toml"], "removed": [], "renamed": []}
    assert found["changed"] is True
    assert [driver["name"] for driver in found["drivers"]["added"]] == ["extra"]


def test_several_graphs_are_counted(repository: Ask) -> None:
    put("graphs/third.toml", "[drivers.third]\n")
    commit("third")
    out = repository("diff", "main..branch", "graphs/site.toml", "graphs/more file.toml", "graphs/third.toml").out
    assert out.startswith("main -> branch: 2 graphs added; ")
    assert "\n  + graphs/more file.toml\n  + graphs/third.toml\n" in out


def test_a_graph_without_a_driver_is_refused_on_the_side_that_has_it(repository: Ask) -> None:
    put("empty.toml", "")
    commit("empty")
    answer = repository("diff", "main..branch", "empty.toml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: branch:empty.toml: it declares no driver")
    allowed = repository("diff", "main..branch", "empty.toml", "--allow-empty")
    assert (allowed.code, allowed.out) == (0, "main -> branch: graph added\n\ngraphs\n  + empty.toml\n")


@pytest.mark.parametrize("given", [["renamed.toml"], ["graphs/site.toml"], ["graphs/site.toml", "renamed.toml"]])
@pytest.mark.parametrize("is_committed", [True, False])
def test_a_renamed_graph_is_followed_under_either_name(repository: Ask, given: list[str], is_committed: bool) -> None:
    git("mv", "graphs/site.toml", "renamed.toml")
    put("renamed.toml", NEW + "[drivers.late]\n")
    if is_committed:
        commit("renamed")
    revisions = "HEAD~1..HEAD" if is_committed else "HEAD"
    found = document(repository, revisions, *given)
    assert found["graphs"]["renamed"] == [{"old": "graphs/site.toml", "new": "renamed.toml"}]
    assert found["graphs"]["added"] == found["graphs"]["removed"] == []
    assert [driver["name"] for driver in found["drivers"]["added"]] == ["late"]


def test_a_renamed_graph_that_is_the_same_in_all_else_is_reported(repository: Ask) -> None:
    git("mv", "graphs/site.toml", "renamed.toml")
    commit("renamed")
    answer = repository("diff", "HEAD~1..HEAD", "renamed.toml")
    assert (answer.code, answer.out) == (
        0,
        "HEAD~1 -> HEAD: graph renamed\n\ngraphs\n  ~ graphs/site.toml is now named renamed.toml\n",
    )


def test_renamed_graphs_are_followed_from_a_folder_below_the_top(
    repository: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("mv", "graphs/site.toml", "renamed.toml")
    commit("renamed")
    monkeypatch.chdir("graphs")
    assert document(repository, "HEAD~1..HEAD", "site.toml")["graphs"]["renamed"] == [
        {"old": "site.toml", "new": "../renamed.toml"}
    ]


def test_a_graph_that_was_rewritten_under_another_name_is_new_and_the_other_one_gone(repository: Ask) -> None:
    git("rm", "--quiet", "graphs/site.toml")
    put("other.toml", "[drivers.a]\n[drivers.b]\nrequires = ['a']\n")
    commit("rewritten")
    found = document(repository, "HEAD~1..HEAD", "graphs/site.toml", "other.toml")
    assert found["graphs"] == {"added": ["other.toml"], "removed": ["graphs/site.toml"], "renamed": []}


def test_a_lock_that_is_added_is_new(repository: Ask) -> None:
    put("site.toml", "[drivers.a]\n[drivers.b]\nrequires = ['a']\n")
    assert repository("lock", "site.toml").code == 0
    commit("locked")
    answer = repository("diff", "HEAD~1..HEAD", "tierdeps.lock")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("HEAD~1 -> HEAD: graph added; 2 drivers added; 1 dependency added\n")
    assert "graph removed" in repository("diff", "HEAD..HEAD~1", "tierdeps.lock").out


@pytest.mark.parametrize("revisions", ["HEAD~1..HEAD", "HEAD..HEAD~1", "HEAD~1", "HEAD"])
def test_without_a_graph_the_lock_is_compared(repository: Ask, revisions: str) -> None:
    put("site.toml", "[drivers.a]\n")
    assert repository("lock", "site.toml").code == 0
    commit("locked")
    assert document(repository, revisions)["changed"] is (revisions != "HEAD")


@pytest.mark.parametrize(
    "pattern", ["graphs/*.toml", "**/*.toml", "graphs/**", "gr?phs/[ms]*.toml", "./graphs/*e.toml"]
)
@pytest.mark.parametrize("is_in_settings", [True, False])
def test_patterns_are_matched_on_both_sides(repository: Ask, pattern: str, is_in_settings: bool) -> None:
    git("rm", "--quiet", "graphs/site.toml")
    put("graphs/.hidden.toml", "[drivers.hidden]\n")
    put("other/site.json", "{}")
    put("graphs/pyproject.toml", "")  # settings are no graphs
    commit("one gone")
    if is_in_settings:
        put("settings", f"graphs = [{pattern!r}]\n")
    given = ("--config", "settings") if is_in_settings else (pattern,)
    for revisions in ("main..HEAD", "main"):
        assert document(repository, revisions, *given)["graphs"] == {
            "added": ["graphs/more file.toml"],
            "removed": ["graphs/site.toml"],
            "renamed": [],
        }


def test_patterns_are_matched_from_a_folder_below_the_top(repository: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    put("other/site.toml", "[drivers.other]\n")
    commit("other")
    monkeypatch.chdir("other")
    for revisions in ("main..HEAD", "main"):
        found = document(repository, revisions, "../graphs/*.toml", "*.toml")
        assert found["graphs"]["added"] == ["../graphs/more file.toml", "site.toml"]


def test_a_name_with_the_characters_of_a_pattern_is_a_name_where_it_is_there(repository: Ask) -> None:
    put("graphs/[ms]*.toml", "[drivers.odd]\n")
    commit("odd")
    assert document(repository, "main..HEAD", "graphs/[ms]*.toml")["graphs"]["added"] == ["graphs/[ms]*.toml"]


def test_a_pattern_that_matches_nothing_is_refused(repository: Ask) -> None:
    answer = repository("diff", "main..branch", "nonesuch/*.toml")
    assert (answer.code, answer.out) == (2, "")
    assert "nonesuch/*.toml: no such file or folder in either revision" in answer.err


def test_a_revision_is_compared_with_the_working_tree(repository: Ask) -> None:
    assert repository("diff", "HEAD", "graphs/site.toml").out == ""
    put("graphs/site.toml", NEW + "[drivers.late]\n")
    answer = repository("diff", "HEAD", "graphs/site.toml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("HEAD -> working tree: 1 driver added\n")
    assert repository("diff", "main", "graphs/site.toml").out.startswith(
        "main -> working tree: 1 driver added; 2 drivers mov"
    )


def test_two_revisions_may_be_named_without_dots(repository: Ask) -> None:
    put("graphs/site.toml", "not read")
    out = repository("diff", "main", "branch", "graphs/site.toml").out
    assert out.startswith("main -> branch: 2 drivers moved")


def test_a_graph_that_git_does_not_know_yet_is_new_in_the_working_tree(repository: Ask) -> None:
    put("fresh.toml", "[drivers.fresh]\n")
    assert repository("diff", "HEAD", "fresh.toml").out.startswith("HEAD -> working tree: graph added; 1 driver added")


def test_a_graph_that_was_deleted_in_the_working_tree_is_gone(repository: Ask) -> None:
    Path("graphs/site.toml").unlink()
    assert "graph removed" in repository("diff", "HEAD", "graphs/site.toml").out


def test_what_is_wrong_in_the_working_tree_is_named_as_the_file_it_is(repository: Ask) -> None:
    put("graphs/site.toml", "[drivers.a]\nrequires = 3\n")
    answer = repository("diff", "main", "graphs/site.toml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: graphs/site.toml:")


def test_a_name_that_is_a_file_s_means_the_file(repository: Ask) -> None:
    git("branch", "old.toml", "main")
    put("old.toml", OLD)
    out = repository("diff", "old.toml", "graphs/site.toml").out
    assert out.startswith("old.toml -> graphs/site.toml: 2 drivers moved")
    out = repository("diff", "refs/heads/old.toml", "graphs/site.toml").out
    assert out.startswith("refs/heads/old.toml -> working tree: 2 drivers moved")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("main..branch", "graphs/site.toml"), 1),
        (("main..main", "graphs/site.toml"), 0),
        (("main..branch", "graphs/more file.toml"), 1),
        (("HEAD", "graphs/site.toml"), 0),
        (("main", "graphs/site.toml"), 1),
        (("graphs/site.toml", "graphs/more file.toml"), 1),
        (("graphs/site.toml", "graphs/site.toml"), 0),
        (("main..branch", "nonesuch.toml"), 2),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_the_exit_code_says_whether_something_changed(
    repository: Ask, arguments: tuple[str, ...], code: int, form: str
) -> None:
    assert repository("diff", "--exit-code", "--format", form, *arguments).code == code


def test_a_driver_that_is_disabled_from_the_day_it_is_declared_is_known_to_the_old_side_too(repository: Ask) -> None:
    put("graphs/site.toml", NEW + "[drivers.late]\n")
    put("tierdeps.toml", 'disable = ["late"]\n')
    commit("late")
    for revisions in ("main..branch", "main"):
        answer = repository("diff", revisions, "graphs/site.toml")
        assert (answer.code, answer.err) == (0, "")
        assert "+ late" in answer.out


def test_a_disabled_driver_that_neither_side_has_is_refused(repository: Ask) -> None:
    put("tierdeps.toml", 'disable = ["vidoe"]\n')
    answer = repository("diff", "main..branch", "graphs/site.toml")
    assert (answer.code, answer.out) == (2, "")
    assert "no driver is named 'vidoe'; did you mean 'video'?" in answer.err


def test_the_settings_are_those_of_here_and_now_on_both_sides(repository: Ask) -> None:
    put("tierdeps.toml", 'disable = ["video"]\n')
    commit("disabled")
    put("tierdeps.toml", "")
    assert repository("diff", "HEAD", "graphs/site.toml").out == ""


@pytest.mark.parametrize(
    "name", ["-dash.toml", "--all.toml", "with space.toml", "größe→.toml", "a'b\"$c.toml", ":x.toml"]
)
def test_any_name_of_a_file_will_do(repository: Ask, name: str) -> None:
    put(name, "[drivers.a]\n")
    commit("added")
    put(name, "[drivers.a]\n[drivers.b]\n")
    for arguments in (("HEAD~1..HEAD",), ("HEAD",)):
        answer = repository("diff", *arguments, "--format", "json", "--", name)
        assert (answer.code, answer.err) == (0, "")
        assert json.loads(answer.out)["changed"] is True


def test_a_file_that_is_named_as_the_standard_input_is_can_be_named_by_its_path(repository: Ask) -> None:
    put("site.toml", "[drivers.a]\n")
    assert repository("lock", "site.toml").code == 0
    Path("tierdeps.lock").rename("-")
    assert document(repository, "main", "./-")["graphs"]["added"] == ["./-"]


def test_a_name_with_a_line_break_is_refused(repository: Ask) -> None:
    answer = repository("diff", "main..branch", "a\nb.toml")
    assert (answer.code, answer.err) == (
        2,
        "error: 'a\\nb.toml': a name with a line break cannot be looked up in git\n",
    )


def test_symbolic_links_are_followed_within_a_revision(repository: Ask) -> None:
    Path("link.toml").symlink_to("graphs/site.toml")
    Path("folder").symlink_to("graphs")
    commit("linked")
    put("graphs/site.toml", NEW + "[drivers.late]\n")
    commit("late")
    for name in ("link.toml", "folder/site.toml"):
        for revisions in ("HEAD~1..HEAD", "HEAD~1"):
            found = document(repository, revisions, name)
            assert found["graphs"]["added"] == []
            assert [driver["name"] for driver in found["drivers"]["added"]] == ["late"]


def test_a_symbolic_link_out_of_the_repository_is_not_taken_for_an_absent_file(
    repository: Ask, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "site.toml"
    outside.write_text(OLD)
    Path("link.toml").symlink_to(outside)
    commit("linked")
    answer = repository("diff", "HEAD", "link.toml")
    assert (answer.code, answer.out) == (2, "")
    assert "this is a symbolic link that leads out of the repository" in answer.err


def test_a_broken_symbolic_link_is_an_absent_file(repository: Ask) -> None:
    Path("link.toml").symlink_to("nowhere.toml")
    commit("linked")
    Path("nowhere.toml").write_text("[drivers.a]\n")
    commit("there")
    assert document(repository, "HEAD~1..HEAD", "link.toml")["graphs"]["added"] == ["link.toml"]


def test_an_absolute_path_through_a_symbolic_link_leads_into_the_repository(repository: Ask, tmp_path: Path) -> None:
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(tmp_path)
    assert document(repository, "main..branch", str(link / "graphs" / "site.toml"))["changed"] is True
