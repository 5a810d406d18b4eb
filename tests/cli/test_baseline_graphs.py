"""One baseline for several graphs: each check touches the entries of its own graph alone."""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.test_schemas import VALIDATORS

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

BASELINE = "tierdeps.baseline.toml"
CLEAN = "[drivers.storage]\n"
FAULTY = '[drivers.storage]\nrequires = ["nobody"]\n'
UPDATE = ("--update-baseline", "--reason", "known")


@pytest.fixture(autouse=True)
def graphs(ask: Ask) -> None:
    """Provide two graphs with the same fault, both excused."""
    Path("fleet").mkdir()
    for name in ("fleet/a.toml", "fleet/b.toml"):
        Path(name).write_text(FAULTY)
        assert ask("check", name, *UPDATE).code == 0


def entries() -> list[list[str]]:
    return [entry.get("graphs", []) for entry in tomllib.loads(Path(BASELINE).read_text())["known"]]


def test_each_entry_names_its_graph() -> None:
    assert entries() == [["fleet/a.toml"], ["fleet/b.toml"]]


@pytest.mark.parametrize("graph", ["fleet/a.toml", "fleet/b.toml"])
def test_each_graph_is_held_against_its_own_entries(ask: Ask, graph: str) -> None:
    answer = ask("check", graph)
    assert (answer.code, answer.out) == (0, "1 driver, 1 dependency, 1 tier: nothing new, 1 known\n")


def test_another_graph_is_not_excused(ask: Ask) -> None:
    Path("c.toml").write_text(FAULTY)
    answer = ask("check", "c.toml")
    assert answer.code == 1
    assert "TD103" in answer.out
    assert "TD401" not in answer.out


def test_graphs_merged_into_one_are_another_graph(ask: Ask) -> None:
    Path("more.toml").write_text("[drivers.more]\n")
    assert "error[TD103]" in ask("check", "fleet/a.toml", "more.toml").out
    assert ask("check", "more.toml", "fleet/a.toml", *UPDATE).code == 0
    assert ["fleet/a.toml", "more.toml"] in entries()
    assert ask("check", "fleet/a.toml", "more.toml").code == 0, "the order of GRAPHs makes no difference"


def test_pruning_touches_only_the_graph_that_was_checked(ask: Ask) -> None:
    for name in ("fleet/a.toml", "fleet/b.toml"):
        Path(name).write_text(CLEAN)
    assert ask("check", "--prune", "fleet/a.toml").err == f"{BASELINE}: 0 added, 1 removed, 1 in total\n"
    assert entries() == [["fleet/b.toml"]]
    assert "error[TD401]" in ask("check", "fleet/b.toml").out


def test_the_command_that_is_offered_prunes_what_was_found(ask: Ask) -> None:
    Path(BASELINE).rename("my baseline.toml")
    Path("fleet/b.toml").write_text(CLEAN)
    Path("empty.toml").write_text("")
    options = ("fleet/b.toml", "--baseline", "my baseline.toml", "--config", "empty.toml")
    told = ask("check", *options)
    offered = re.search(r"remove the entries that match no finding: (tierdeps .*)", told.out)
    assert offered
    assert offered[1] == "tierdeps check fleet/b.toml --config=empty.toml '--baseline=my baseline.toml' --prune"
    assert ask(*shlex.split(offered[1])[1:]).code == 0
    assert ask("check", *options).code == 0


@pytest.mark.parametrize(
    ("folder", "graph", "baseline"),
    [
        ("fleet", "a.toml", f"../{BASELINE}"),
        (".", "./fleet/../fleet/a.toml", BASELINE),
        (".", "{here}/fleet/a.toml", BASELINE),
        ("fleet", "a.toml", f"{{here}}/{BASELINE}"),
    ],
)
def test_an_entry_holds_wherever_the_check_is_run_from(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, folder: str, graph: str, baseline: str
) -> None:
    here = str(Path.cwd())
    monkeypatch.chdir(folder)
    answer = ask("check", graph.format(here=here), "--baseline", baseline.format(here=here))
    assert (answer.code, answer.out.count("1 known")) == (0, 1)


def test_a_baseline_in_another_folder_names_graphs_from_there(ask: Ask) -> None:
    Path("ci").mkdir()
    assert ask("check", "fleet/a.toml", "--baseline", "ci/known.toml", *UPDATE).code == 0
    assert tomllib.loads(Path("ci/known.toml").read_text())["known"][0]["graphs"] == ["../fleet/a.toml"]
    assert ask("check", "fleet/a.toml", "--baseline", "ci/known.toml").code == 0


def test_a_symlink_to_a_folder_makes_no_other_graph(ask: Ask) -> None:
    Path("link").symlink_to("fleet")
    assert ask("check", "link/a.toml").code == 0


def test_the_graphs_of_the_settings_are_named_as_on_the_command_line(ask: Ask) -> None:
    Path("tierdeps.toml").write_text('graphs = ["fleet/a*"]\n')
    assert ask("check").code == 0
    Path("fleet/a.toml").write_text(CLEAN)
    told = ask("check")
    assert "remove the entries that match no finding: tierdeps check --prune\n" in told.out
    assert ask("check", "--prune").code == 0
    assert entries() == [["fleet/b.toml"]]


def test_entries_of_a_graph_that_is_gone_are_noted_and_fail_nothing(ask: Ask) -> None:
    Path("fleet/b.toml").unlink()
    answer = ask("check", "fleet/a.toml")
    assert answer.code == 0
    assert answer.err == (
        f"note: {BASELINE}: there is no fleet/b.toml; remove its entries, or correct graphs in them\n"
    )


def test_a_file_of_an_earlier_version_is_refused_and_left_as_it_is(ask: Ask) -> None:
    old = '[[known]]\ncode = "TD103"\ndrivers = ["storage"]\nsubject = ["nobody"]\nreason = "for years"\n'
    Path(BASELINE).write_text(old)
    for more in ((), UPDATE, ("--prune",)):
        answer = ask("check", "fleet/a.toml", *more)
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert answer.err.startswith(f"error: {BASELINE}: schema: expected 'tierdeps/baseline/1'")
    assert Path(BASELINE).read_text() == old


def test_an_absolute_name_of_a_graph_elsewhere_stays_absolute(ask: Ask, tmp_path: Path) -> None:
    Path("home").mkdir()
    elsewhere = tmp_path / "fleet" / "a.toml"
    os.chdir("home")
    assert ask("check", str(elsewhere), *UPDATE).code == 0
    assert entries() == [[str(elsewhere)]]


SOFT = """
[drivers.storage]
{storage} = [{{ on = "qemu"{when} }}]
[drivers.qemu]
requires = ["storage"]
"""


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        (("wants", ', when = "pool.auth"'), ("requires", ""), True),
        (("wants", ', when = "pool.auth"'), ("wants", ""), True),
        (("requires", ', when = "pool.auth"'), ("requires", ""), True),
        (("after", ""), ("wants", ""), True),
        (("requires", ', when = "a"'), ("requires", ', when = "b"'), True),
        (("requires", ""), ("requires", ', reason = "in other words"'), False),
    ],
)
def test_a_cycle_that_hardens_is_a_new_finding(
    ask: Ask, before: tuple[str, str], after: tuple[str, str], *, new: bool
) -> None:
    Path("c.toml").write_text(SOFT.format(storage=before[0], when=before[1]))
    assert ask("check", "c.toml", *UPDATE).code == 0
    Path("c.toml").write_text("# moved\n\n" + SOFT.format(storage=after[0], when=after[1]) + "[drivers.other]\n")
    answer = ask("check", "c.toml")
    assert ("error[TD101]" in answer.out, answer.code) == (new, int(new))


def test_what_is_excused_is_listed_on_request(ask: Ask) -> None:
    plain = ask("check", "fleet/a.toml").out
    told = "known[TD103] storage requires 'nobody', but no driver has this name or provides it\n"
    for option in ("-v", "--show-known"):
        answer = ask("check", "fleet/a.toml", option)
        line = Path(BASELINE).read_text().splitlines().index("[[known]]") + 1
        listed = f"{told}  because known\n  excused in {BASELINE}:{line}, known[1]\n\n"
        assert (answer.code, answer.out) == (0, f"{listed}{plain}")


def test_json_lists_what_is_excused(ask: Ask) -> None:
    assert ask("check", "fleet/a.toml", "--prune").code == 0
    Path("fleet/a.toml").write_text(FAULTY + 'wants = ["storage"]\n')
    more = ("--owner", "ada", "--until", "2999-12-31")
    assert ask("check", "fleet/a.toml", "--update-baseline", "--reason", "new", *more).code == 0
    found = json.loads(ask("check", "fleet/a.toml", "--format", "json").out)
    VALIDATORS["check"].validate(found)
    assert [(item["code"], item["excuse"]["reason"], item["excuse"]["owner"]) for item in found["known"]] == [
        ("TD103", "known", None),
        ("TD109", "new", "ada"),
    ]
    assert found["known"][1]["excuse"]["until"] == "2999-12-31"
    assert found["known"][1]["excuse"]["origin"]["file"] == BASELINE
    assert found["findings"] == []


def test_json_without_a_baseline_lists_nothing(ask: Ask) -> None:
    assert "known" not in json.loads(ask("check", "fleet/a.toml", "--no-baseline", "--format", "json").out)


def test_sarif_has_what_is_excused_as_suppressed_on_request(ask: Ask) -> None:
    Path("fleet/a.toml").write_text(FAULTY + 'wants = ["storage"]\n')

    def results(*more: str) -> list[dict[str, Any]]:
        found = json.loads(ask("check", "fleet/a.toml", "--format", "sarif", *more).out)
        return list(found["runs"][0]["results"])

    assert [(item["ruleId"], "suppressions" in item) for item in results()] == [("TD109", False)]
    new, known = results("--show-known")
    assert (new["ruleId"], new["suppressions"]) == ("TD109", [])
    (suppression,) = known["suppressions"]
    assert (known["ruleId"], suppression["kind"], suppression["status"]) == ("TD103", "external", "accepted")
    assert suppression["justification"] == "known"
    assert suppression["location"]["physicalLocation"]["artifactLocation"]["uri"] == BASELINE


def test_markdown_has_what_is_excused_on_request(ask: Ask) -> None:
    assert "### Known" not in ask("check", "fleet/a.toml", "--format", "markdown").out
    assert (
        "### Known\n\n```text\nknown[TD103]" in ask("check", "fleet/a.toml", "--format", "markdown", "--show-known").out
    )
