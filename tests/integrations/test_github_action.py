"""The action's steps, run as the host's runner runs them, with a stand-in for its API."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.integrations.conftest import Workshop

CLEAN = '[drivers.storage]\nrequires = ["secret"]\n[drivers.secret]\n'
CYCLE = CLEAN + 'requires = ["storage"]\n'

#: Writes down how it was called and what it was given; says what is in the file "answer".
GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$RUNNER_TEMP/calls"
for word in "$@"; do case "$word" in body=@*) cat "${word#body=@}" > "$RUNNER_TEMP/sent";; esac; done
case "$*" in *--paginate*) cat "$RUNNER_TEMP/answer";; esac
exit "$(cat "$RUNNER_TEMP/code")"
"""


@dataclass(frozen=True)
class Runner:
    """Runs the action's steps by their names."""

    workshop: Workshop
    steps: dict[str, str]
    temp: Path

    def run(self, step: str, **environment: str) -> subprocess.CompletedProcess[str]:
        files = {"GITHUB_STEP_SUMMARY": str(self.temp / "summary"), "GITHUB_OUTPUT": str(self.temp / "output")}
        return self.workshop.run(
            "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.steps[step], RUNNER_TEMP=str(self.temp),
            **files, **environment,
        )  # fmt: skip

    def text(self, name: str) -> str:
        file = self.temp / name
        return file.read_text() if file.exists() else ""

    def comment(self, *, changes: str, there: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the last step for some changes, with the number of a comment that is there already."""
        (self.temp / "tierdeps-diff.md").write_text(changes)
        (self.temp / "answer").write_text(there)
        (self.temp / "code").write_text(str(code))
        return self.run("Comment what changes", COMMENTS="repos/o/r/issues/7/comments", ONE="repos/o/r/issues/comments")


@pytest.fixture
def runner(workshop: Workshop, read_yaml: Any, tmp_path: Path) -> Runner:
    """Have git, a stand-in for gh, and a folder for the runner's files."""
    temp = tmp_path / "temp"
    temp.mkdir()
    workshop.tool("gh", GH)
    return Runner(workshop, {step["name"]: step["run"] for step in read_yaml("action.yml")["runs"]["steps"]}, temp)


def test_is_valid_against_the_host_s_schema(read_yaml: Any, valid_against: Any) -> None:
    valid_against(read_yaml("action.yml"), "github-actions")


def test_no_script_holds_what_a_user_can_say(read_yaml: Any) -> None:
    for step in read_yaml("action.yml")["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_every_input_is_used_and_described(read_yaml: Any) -> None:
    action = read_yaml("action.yml")
    used = set(re.findall(r"inputs\.(\w+)", json.dumps(action["runs"])))
    assert used == set(action["inputs"])
    assert all(item["description"] for item in action["inputs"].values())


def test_the_check_annotates_and_writes_sarif_and_a_summary(runner: Runner) -> None:
    (runner.workshop.folder / "my site.toml").write_text(CYCLE)
    done = runner.run("Check", GRAPHS="my site.toml\n", OPTIONS="--ignore=TD3\n\n--all\n", SARIF="out.sarif")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=my site.toml,line=4,title=TD101 cycle::")
    found = json.loads((runner.workshop.folder / "out.sarif").read_text())["runs"][0]["results"]
    assert found[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20site.toml"
    assert runner.text("summary").startswith("## tierdeps check: failed")
    assert runner.text("output") == "sarif=out.sarif\n"


def test_the_check_passes_what_is_in_order(runner: Runner) -> None:
    (runner.workshop.folder / "site.toml").write_text(CLEAN)
    done = runner.run("Check", GRAPHS="site.toml", OPTIONS="", SARIF="out.sarif")
    assert (done.returncode, done.stderr) == (0, "")
    assert runner.text("summary").startswith("## tierdeps check: passed")


def test_a_check_that_could_not_be_made_fails_and_reports_nothing(runner: Runner) -> None:
    done = runner.run("Check", GRAPHS="missing.toml", OPTIONS="", SARIF="out.sarif")
    assert done.returncode == 2
    assert runner.text("summary") == runner.text("output") == ""


def test_patterns_are_matched_and_merged(runner: Runner) -> None:
    folder = runner.workshop.folder / "my graphs"
    folder.mkdir()
    (folder / "one.toml").write_text(CLEAN)
    (folder / "two.toml").write_text("[drivers.network]\nrequires = ['secret']\n")
    done = runner.run("Check", GRAPHS="my graphs/*.toml\n", OPTIONS="", SARIF="out.sarif")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 drivers, 2 dependencies" in done.stdout


def test_a_pattern_that_matches_nothing_fails(runner: Runner) -> None:
    done = runner.run("Check", GRAPHS="graphs/*.toml\n", OPTIONS="", SARIF="out.sarif")
    assert done.returncode == 2
    assert "this pattern matches no file" in done.stderr


def test_each_graph_is_checked_by_itself_on_request(runner: Runner) -> None:
    for name, text in {"one.toml": CLEAN, "two.toml": CYCLE, "tree.toml": "[drivers"}.items():
        (runner.workshop.folder / name).write_text(text)
    done = runner.run("Check", GRAPHS="t*.toml\none.toml\n", OPTIONS="--each", SARIF="out.sarif")
    assert done.returncode == 2
    assert "::error file=two.toml,line=4,title=TD101 cycle::" in done.stdout
    assert "::error file=tree.toml,title=tierdeps check::" in done.stdout
    assert "## `one.toml`: passed" in runner.text("summary")
    assert len(json.loads((runner.workshop.folder / "out.sarif").read_text())["runs"][0]["results"]) == 1


def test_a_graph_that_nothing_names_does_not_pass_beside_a_plugin(runner: Runner) -> None:
    shop = runner.workshop
    shop.plugin(
        "mine",
        "from tierdeps import Driver, hookimpl\n\n@hookimpl\ndef tierdeps_drivers(settings):\n"
        "    return [Driver('mine')]\n",
    )
    (shop.folder / "site.toml").write_text(CYCLE)
    shop.commit("Declare drivers")
    done = runner.run("Check", GRAPHS="", OPTIONS="", SARIF="out.sarif")
    assert done.returncode == 2
    assert "site.toml: not checked" in done.stderr


def test_what_a_user_says_is_not_run(runner: Runner) -> None:
    done = runner.run("Check", GRAPHS="$(touch ran)`touch ran`; touch ran", OPTIONS="", SARIF="out.sarif")
    assert done.returncode == 2
    assert not (runner.workshop.folder / "ran").exists()


def test_the_difference_is_that_to_the_base_of_the_pull_request(runner: Runner) -> None:
    graph = runner.workshop.folder / "site.toml"
    graph.write_text(CLEAN)
    base = runner.workshop.commit("Declare drivers")
    graph.write_text(CLEAN + "[drivers.network]\nrequires = ['secret']\n")
    runner.workshop.commit("Add a driver")
    done = runner.run("Say what changes", GRAPHS="site.toml", OPTIONS="", BASE=base)
    assert done.returncode == 0, done.stderr
    assert "network" in runner.text("tierdeps-diff.md")
    assert runner.text("summary") == runner.text("tierdeps-diff.md")


def test_the_difference_of_plugins_is_that_of_their_lock(runner: Runner) -> None:
    shop = runner.workshop
    graph = shop.folder / "site.toml"
    graph.write_text(CLEAN)
    assert shop.run("tierdeps", "lock", "site.toml").returncode == 0
    base = shop.commit("Lock the drivers")
    graph.write_text(CLEAN + "[drivers.network]\nrequires = ['secret']\n")
    assert shop.run("tierdeps", "lock", "site.toml").returncode == 0
    shop.commit("Lock one more")
    done = runner.run("Say what changes", GRAPHS="", OPTIONS="", BASE=base)
    assert done.returncode == 0, done.stderr
    assert "network" in runner.text("tierdeps-diff.md")


def differ(runner: Runner, base: str, graphs: str = "site.toml") -> str:
    """Run the step that compares, which must succeed, and return what it writes."""
    done = runner.run("Say what changes", GRAPHS=graphs, OPTIONS="", BASE=base)
    assert done.returncode == 0, done.stderr
    assert runner.text("summary") == runner.text("tierdeps-diff.md")
    return runner.text("tierdeps-diff.md")


def test_a_pull_request_may_add_a_graph(runner: Runner) -> None:
    base = runner.workshop.commit_file("README", "nothing")
    runner.workshop.commit_file("site.toml", CLEAN)
    assert "graph added; 2 drivers added" in differ(runner, base)


def test_a_pull_request_may_rename_a_graph(runner: Runner) -> None:
    base = runner.workshop.commit_file("old site.toml", CLEAN)
    runner.workshop.git("mv", "old site.toml", "site.toml")
    runner.workshop.commit("Rename")
    assert "graph renamed" in differ(runner, base)


def test_a_pull_request_may_remove_a_graph_that_is_still_named(runner: Runner) -> None:
    base = runner.workshop.commit_file("site.toml", CLEAN)
    runner.workshop.git("rm", "--quiet", "site.toml")
    runner.workshop.commit("Remove")
    assert "graph removed" in differ(runner, base)


def test_a_pull_request_may_add_or_remove_the_lock(runner: Runner) -> None:
    shop = runner.workshop
    base = shop.commit_file("site.toml", CLEAN)
    assert shop.run("tierdeps", "lock", "site.toml").returncode == 0
    locked = shop.commit("Lock")
    assert "graph added" in differ(runner, base, graphs="")
    (runner.temp / "summary").unlink()
    shop.git("rm", "--quiet", "tierdeps.lock")
    shop.commit("Unlock")
    assert "graph removed" in differ(runner, locked, graphs="")


def test_without_graphs_and_lock_nothing_is_compared(runner: Runner) -> None:
    base = runner.workshop.commit_file("README", "nothing")
    done = runner.run("Say what changes", GRAPHS="\n", OPTIONS="", BASE=base)
    assert (done.returncode, done.stderr) == (0, "")
    assert runner.text("tierdeps-diff.md") == runner.text("summary") == ""


def test_the_graphs_of_the_settings_are_compared_where_the_action_is_given_none(runner: Runner) -> None:
    (runner.workshop.folder / "graphs").mkdir()
    runner.workshop.commit_file("tierdeps.toml", 'graphs = ["graphs/*.toml"]\n')
    base = runner.workshop.commit_file("graphs/site.toml", CLEAN)
    runner.workshop.commit_file("graphs/more.toml", "[drivers.network]\n")
    assert "graph added; 1 driver added" in differ(runner, base, graphs="")


def test_a_pattern_finds_graphs_that_the_pull_request_removes(runner: Runner) -> None:
    runner.workshop.commit_file("one.toml", CLEAN)
    base = runner.workshop.commit_file("two.toml", "[drivers.network]\n")
    runner.workshop.git("rm", "--quiet", "two.toml")
    runner.workshop.commit("Remove")
    assert "- removed: `two.toml`" in differ(runner, base, graphs="*.toml")


def test_graphs_that_are_checked_independently_are_compared_so(runner: Runner) -> None:
    runner.workshop.commit_file("one.toml", CLEAN)
    base = runner.workshop.commit_file("two.toml", CLEAN)
    runner.workshop.commit_file("two.toml", "[drivers.storage]\n[drivers.secret]\n")
    done = runner.run("Say what changes", GRAPHS="*.toml", BASE=base, OPTIONS="--all\n--each\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert runner.text("tierdeps-diff.md").startswith(f"**`{base}:two.toml` -> `HEAD:two.toml`**: 1 driver moved")


def test_a_pull_request_may_fix_a_graph_that_cannot_be_read(runner: Runner) -> None:
    base = runner.workshop.commit_file("site.toml", "[drivers")
    runner.workshop.commit_file("site.toml", CLEAN)
    done = runner.run("Say what changes", GRAPHS="site.toml", OPTIONS="", BASE=base)
    assert done.returncode == 0
    assert f"error: {base}:site.toml: line 1: not valid TOML" in done.stderr
    assert done.stdout.startswith("::warning title=tierdeps::what this changes is not known")
    assert "cannot be read as it was" in runner.text("tierdeps-diff.md")


def test_a_pull_request_that_breaks_a_graph_fails_this_step_too(runner: Runner) -> None:
    base = runner.workshop.commit_file("site.toml", CLEAN)
    runner.workshop.commit_file("site.toml", "[drivers")
    assert runner.run("Say what changes", GRAPHS="site.toml", OPTIONS="", BASE=base).returncode == 2


def test_a_graph_that_was_never_there_fails_this_step(runner: Runner) -> None:
    base = runner.workshop.commit_file("site.toml", CLEAN)
    done = runner.run("Say what changes", GRAPHS="stie.toml", OPTIONS="", BASE=base)
    assert done.returncode == 2
    assert "stie.toml: no such file or folder in either revision" in done.stderr


def test_a_base_that_a_shallow_clone_lacks_is_fetched(runner: Runner, tmp_path: Path) -> None:
    shop = runner.workshop
    graph = shop.folder / "site.toml"
    graph.write_text(CLEAN)
    base = shop.commit("Declare drivers")
    graph.write_text(CYCLE)
    shop.commit("Close a cycle")
    shop.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    shop.git("clone", "--quiet", "--depth=1", f"file://{shop.folder}", str(clone))
    shallow = replace(runner, workshop=replace(shop, folder=clone))
    done = shallow.run("Say what changes", GRAPHS="site.toml", OPTIONS="", BASE=base)
    assert done.returncode == 0, done.stderr
    assert "cycle" in shallow.text("tierdeps-diff.md")


def test_a_base_that_cannot_be_read_is_not_taken_for_no_change(runner: Runner) -> None:
    (runner.workshop.folder / "site.toml").write_text(CLEAN)
    runner.workshop.commit("Declare drivers")
    assert runner.run("Say what changes", GRAPHS="site.toml", OPTIONS="", BASE="0" * 40).returncode != 0


def test_the_first_change_is_commented(runner: Runner) -> None:
    assert runner.comment(changes="**1 driver added**\n").returncode == 0
    assert runner.text("sent") == "<!-- tierdeps diff -->\n**1 driver added**\n"
    assert "--method POST repos/o/r/issues/7/comments" in runner.text("calls")


def test_the_comment_that_is_there_is_brought_up_to_date(runner: Runner) -> None:
    assert runner.comment(changes="**1 driver added**\n", there="42\n").returncode == 0
    assert "--method PATCH repos/o/r/issues/comments/42" in runner.text("calls")
    assert "POST" not in runner.text("calls")


def test_where_nothing_changed_there_is_no_comment(runner: Runner) -> None:
    assert runner.comment(changes="").returncode == 0
    assert runner.text("calls").count("\n") == 1
    assert runner.comment(changes="", there="42\n").returncode == 0
    assert "--method DELETE repos/o/r/issues/comments/42" in runner.text("calls")


def test_a_comment_that_may_not_be_made_fails_nothing_and_is_reported(runner: Runner) -> None:
    done = runner.comment(changes="**1 driver added**\n", code=1)
    assert done.returncode == 0
    assert done.stdout.startswith("::warning title=tierdeps::could not comment")
