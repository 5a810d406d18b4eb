"""``tierdeps diff`` between files and between git revisions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.repositories import NEW, OLD, git

if TYPE_CHECKING:
    from tests.cli.conftest import Ask


def test_prints_nothing_where_nothing_changed(ask: Ask) -> None:
    Path("old.toml").write_text(OLD)
    Path("new.toml").write_text(f"# only a comment is new, and all lines have moved\n\n{OLD}")
    for name in ("text", "markdown"):
        answer = ask("diff", "old.toml", "new.toml", "--format", name)
        assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_says_who_moved_and_because_of_which_dependency(ask: Ask) -> None:
    Path("old.toml").write_text(OLD)
    Path("new.toml").write_text(NEW)
    answer = ask("diff", "old.toml", "new.toml")
    assert answer.code == 0
    assert (
        answer.out
        == """\
old.toml -> new.toml: 2 drivers moved; 1 dependency added

moved
  ~ 2 drivers moved, because of the new dependency audio requires clock
      audio: tier core -> hypervisor
      video: tier core -> hypervisor

dependencies
  + audio requires clock
        because it keeps the beat
"""
    )


def test_reports_a_new_cycle_and_the_lost_order(ask: Ask) -> None:
    Path("old.toml").write_text("[drivers.a]\nrequires = ['b']\n[drivers.b]\n")
    Path("new.toml").write_text("[drivers.a]\nrequires = ['b']\n[drivers.b]\nrequires = ['a']\n")
    answer = ask("diff", "old.toml", "new.toml")
    assert answer.code == 0, "a difference is no failure"
    assert "there is no start order any more; for the reason: tierdeps check" in answer.out
    assert "  + a -> b -> a\n" in answer.out


def test_takes_assumed_facts_for_places(ask: Ask) -> None:
    Path("old.toml").write_text("[drivers.a]\n[drivers.b]\n")
    Path("new.toml").write_text('[drivers.a]\nrequires = [{ on = "b", when = "f" }]\n[drivers.b]\n')
    assert "moved" not in ask("diff", "old.toml", "new.toml").out
    answer = ask("diff", "old.toml", "new.toml", "--assume", "f=yes")
    assert "a: stage 1 -> 2" in answer.out
    assert not answer.err, "the fact is one of the new graph"
    assert "no dependency is conditional on it; did you mean 'f'?" not in answer.err
    assert "--assume g" in ask("diff", "old.toml", "new.toml", "--assume", "g=yes").err


def test_shows_twenty_changes_of_a_kind_unless_all_are_asked_for(ask: Ask) -> None:
    Path("old.toml").write_text("[drivers.a]\n")
    Path("new.toml").write_text("[drivers.a]\n" + "".join(f"[drivers.d{number:02}]\n" for number in range(30)))
    some, everything = ask("diff", "old.toml", "new.toml"), ask("diff", "--all", "old.toml", "new.toml")
    assert some.out.count("  + d") == 20
    assert "  and 10 more: --all\n" in some.out
    assert everything.out.count("  + d") == 30


def test_writes_markdown_in_which_names_do_nothing(ask: Ask) -> None:
    Path("old.toml").write_text("[drivers.a]\n")
    Path("new.toml").write_text('[drivers.a]\n[drivers."`<b>@team\\u001b``"]\n')
    out = ask("diff", "old.toml", "new.toml", "--format", "markdown").out
    assert "- added: ``` `<b>@team\\x1b``, in tier default, stage 1 ```" in out


def test_folds_a_long_section_of_markdown(ask: Ask) -> None:
    Path("old.toml").write_text("[drivers.a]\n")
    Path("new.toml").write_text("[drivers.a]\n" + "".join(f"[drivers.d{number:03}]\n" for number in range(300)))
    out = ask("diff", "old.toml", "new.toml", "--format", "markdown").out
    assert "<details><summary><b>drivers</b>: 300 drivers added</summary>\n\n- added: " in out
    assert "- and 100 more lines: `--all`\n\n</details>\n" in out
    assert ask("diff", "old.toml", "new.toml", "--format", "markdown", "--all").out.count("- added: ") == 300


def test_json_is_a_document_even_where_nothing_changed(ask: Ask) -> None:
    Path("old.toml").write_text(OLD)
    Path("new.toml").write_text(NEW)
    same = json.loads(ask("diff", "old.toml", "old.toml", "--format", "json").out)
    other = json.loads(ask("diff", "old.toml", "new.toml", "--format", "json").out)
    assert (same["changed"], other["changed"]) == (False, True)
    assert other["drivers"]["moved"][0]["because"]["dependency"]["to"] == "clock"


def test_compares_two_revisions(repository: Ask) -> None:
    answer = repository("diff", "main..branch", "graphs/site.toml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("main -> branch: 2 drivers moved; 1 dependency added\n")
    assert repository("diff", "branch..main", "graphs/site.toml").out.startswith("branch -> main: 2 drivers moved")
    assert repository("diff", "HEAD..branch", "graphs/site.toml").out == ""


def test_compares_a_lock_at_two_revisions(repository: Ask) -> None:
    Path("site.toml").write_text("[drivers.a]\n")
    assert repository("lock", "site.toml").code == 0
    git("add", ".")
    git("commit", "--message", "locked")
    Path("site.toml").write_text("[drivers.a]\n[drivers.b]\nrequires = ['a']\n")
    assert repository("lock", "site.toml").code == 0
    git("add", ".")
    git("commit", "--message", "locked again")
    answer = repository("diff", "HEAD~1..HEAD", "tierdeps.lock")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("HEAD~1 -> HEAD: 1 driver added; 1 dependency added")


def test_reads_revisions_and_not_the_folder(repository: Ask) -> None:
    Path("graphs/site.toml").write_text("this is no graph")
    assert repository("diff", "main..branch", "graphs/site.toml").out.startswith("main -> branch: 2 drivers moved")
    assert Path("graphs/site.toml").read_text() == "this is no graph"


def test_an_omitted_revision_is_head(repository: Ask) -> None:
    assert repository("diff", "main..", "graphs/site.toml").out.startswith("main -> HEAD: 2 drivers moved")
    assert repository("diff", "..main", "graphs/site.toml").out.startswith("HEAD -> main: 2 drivers moved")


def test_three_dots_compare_with_where_the_branch_left(repository: Ask) -> None:
    git("checkout", "main")
    Path("graphs/site.toml").write_text(f"{OLD}[drivers.later]\n")
    git("commit", "--all", "--message", "later")
    assert "1 driver removed" in repository("diff", "main..branch", "graphs/site.toml").out
    assert repository("diff", "main...branch", "graphs/site.toml").out.startswith(
        "common ancestor of main and branch -> branch: 2 drivers moved; 1 dependency added\n"
    )


def test_finds_graphs_from_a_folder_below_the_top(repository: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("graphs")
    for name in ("site.toml", "../graphs/site.toml", str(Path("site.toml").absolute())):
        assert "2 drivers moved" in repository("diff", "main..branch", name).out


def test_origins_of_a_revision_name_the_file_as_it_was_given(repository: Ask) -> None:
    out = repository("diff", "main..branch", "graphs/site.toml", "--format", "json").out
    (added,) = json.loads(out)["dependencies"]["added"]
    assert added["origin"]["file"] == "graphs/site.toml"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonesuch..branch", "graphs/site.toml"), "revision 'nonesuch': git has no such revision"),
        (("main..--help", "graphs/site.toml"), "revision '--help': git has no such revision"),
        (("main..branch", "more file.toml"), "more file.toml: no such file or folder in either revision"),
        (
            ("main", "nonesuch.toml"),
            "nonesuch.toml: no such file or folder in the revision, nor in the working",
        ),
        (("main..branch",), "name the graph files to read from git"),
        (("main..branch", "-"), "name the graph files to read from git"),
        (("main..branch", "/nonesuch.toml"), "/nonesuch.toml: it is outside the repository"),
        (("graphs/site.toml",), "diff compares two graphs"),
        (("graphs/site.toml", "nonesuch.toml"), "nonesuch.toml: no such file or directory"),
        (("../nonesuch.toml", "graphs/site.toml"), "../nonesuch.toml: no such file or folder"),
        (("nonesuch", "graphs/site.toml"), "nonesuch: no such file or folder, and git has no such revision"),
        (("nonesuch",), "revision 'nonesuch': git has no such revision"),
        (("main",), "neither side has a tierdeps.lock; name the graph files"),
        ((), "Missing argument"),
    ],
)
def test_says_in_a_sentence_which_side_cannot_be_read(repository: Ask, arguments: tuple[str, ...], said: str) -> None:
    answer = repository("diff", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_broken_graph_of_a_revision_is_reported_with_the_revision(repository: Ask) -> None:
    Path("graphs/site.toml").write_text("[drivers.a]\nrequires = 3\n")
    git("commit", "--all", "--message", "broken")
    answer = repository("diff", "main..branch", "graphs/site.toml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: branch:graphs/site.toml")


def test_needs_a_repository_for_revisions(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    answer = ask("diff", "main..branch", "site.toml")
    assert answer.code == 2
    assert "not a git repository" in answer.err


def test_says_so_where_git_is_not_installed(repository: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = repository("diff", "main..branch", "graphs/site.toml")
    assert answer.code == 2
    assert "git: it is not installed; name two graph files instead" in answer.err


GRAPHS = sorted((Path(__file__).parent.parent.parent / "graphs").glob("*.toml"))


@pytest.mark.parametrize("graph", GRAPHS, ids=[graph.stem for graph in GRAPHS])
def test_a_lock_does_not_differ_from_the_graph_that_it_was_made_of(ask: Ask, graph: Path) -> None:
    if ask("lock", str(graph), "--output", "site.lock").code:
        pytest.skip("this graph has no order, so there is nothing to lock")
    answer = ask("diff", "site.lock", str(graph))
    assert (answer.code, answer.out) == (0, "")


def test_compares_a_lock_with_what_its_graph_became(ask: Ask) -> None:
    Path("site.toml").write_text('[drivers.a]\nrequires = ["b"]\n[drivers.b]\n[drivers.c]\n')
    ask("lock", "site.toml", "--output", "site.lock")
    Path("site.toml").write_text('[drivers.a]\nrequires = ["b"]\n[drivers.b]\nrequires = ["c"]\n[drivers.c]\n')
    out = ask("diff", "site.lock", "site.toml").out
    assert "because of the new dependency b requires c" in out
    assert "a: stage 2 -> 3 of default" in out


def test_names_what_is_wrong_with_a_lock(ask: Ask) -> None:
    Path("broken.lock").write_text("{")
    Path("site.toml").write_text("[drivers.a]\n")
    answer = ask("diff", "broken.lock", "site.toml")
    assert answer.code == 2
    assert answer.err.startswith("error: broken.lock: ")
