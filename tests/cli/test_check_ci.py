"""``tierdeps check`` where machines run it: files, formats, selection and the baseline."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from tierdeps.cli import run_cli

if TYPE_CHECKING:
    from collections.abc import Iterator

GRAPH = """\
[drivers.storage]
requires = ["qemu"]

[drivers.qemu]
requires = ["storage", "nobody"]
"""
FIXED = GRAPH.replace(', "nobody"', "")
BASELINE = "tierdeps.baseline.toml"


@dataclass(frozen=True)
class Result:
    code: int | str | None
    out: str
    err: str


class Check(Protocol):
    """Runs ``tierdeps check site.toml`` with more arguments."""

    def __call__(self, *arguments: str, graph: str = "site.toml") -> Result: ...


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Check]:
    """Run the check in a folder with a graph of one cycle and one missing driver."""
    monkeypatch.chdir(tmp_path)
    Path("site.toml").write_text(GRAPH)

    def call(*arguments: str, graph: str = "site.toml") -> Result:
        with pytest.raises(SystemExit) as ended:
            run_cli(["check", *arguments, graph])
        captured = capsys.readouterr()
        return Result(ended.value.code, captured.out, captured.err)

    yield call
    assert not list(tmp_path.glob(".*")), "a temporary file was left behind"


def test_writes_several_formats_in_one_run_and_prints_text(check: Check) -> None:
    result = check("--output", "a.sarif", "--output", "b.xml", "--output", "gitlab:c.json", "--output", "d.md")
    assert result.code == 1
    assert result.out.endswith("2 drivers, 3 dependencies, 1 tier: 2 errors, 0 warnings\n")
    assert json.loads(Path("a.sarif").read_text())["version"] == "2.1.0"
    assert Path("b.xml").read_text().startswith("<testsuites")
    assert [entry["check_name"] for entry in json.loads(Path("c.json").read_text())] == ["TD101", "TD103"]
    assert Path("d.md").read_text().startswith("## tierdeps check: failed\n")


def test_a_format_that_is_written_is_not_printed_as_well(check: Check) -> None:
    result = check("--format", "sarif", "--output", "findings")
    assert result.out.endswith("2 errors, 0 warnings\n")
    assert json.loads(Path("findings").read_text())["version"] == "2.1.0"


def test_a_format_that_is_not_written_is_printed(check: Check) -> None:
    result = check("--format", "github", "--output", "a.sarif")
    assert result.out.startswith("::error file=site.toml,line=5,title=TD101 cycle::")


def test_json_is_what_a_json_file_holds_unless_another_format_is_named(check: Check) -> None:
    check("--output", "plain.json")
    check("--format", "gitlab", "--output", "quality.json")
    assert json.loads(Path("plain.json").read_text())["schema"] == "tierdeps/check/1"
    assert isinstance(json.loads(Path("quality.json").read_text()), list)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("a.out", "--output 'a.out' has no known suffix; write FORMAT:a.out"),
        ("srif:a", "no format of 'check' is named 'srif'; did you mean 'sarif'?"),
        ("text:", "--output expects the name of a file, got ''; without --output the answer is printed"),
        ("missing/a.sarif", "missing/a.sarif: cannot be written: no such file or directory"),
    ],
)
def test_an_output_that_cannot_be_is_reported_and_exits_2(check: Check, value: str, complaint: str) -> None:
    result = check("--output", value)
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[0] == f"error: {complaint}"


def test_one_file_cannot_hold_two_answers(check: Check) -> None:
    assert "more than once" in check("--output", "text:a", "--output", "json:a").err


def test_no_file_is_touched_where_an_answer_cannot_be_made(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "junitparser", None)
    assert check("--output", "a.sarif", "--output", "b.xml").code == 2
    assert not Path("a.sarif").exists()


def test_a_file_that_was_there_keeps_its_permissions_and_its_links(check: Check) -> None:
    Path("real").write_text("old")
    Path("real").chmod(0o640)
    Path("link.sarif").symlink_to("real")
    check("--output", "link.sarif")
    assert Path("link.sarif").is_symlink()
    assert Path("real").read_text().startswith("{")
    assert Path("real").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "arguments", [("--output", "json:-"), ("--output", "-", "--format", "json"), ("--format", "json")]
)
def test_a_dash_is_the_standard_output_in_any_format(check: Check, arguments: tuple[str, ...]) -> None:
    result = check(*arguments, "--output", "a.sarif")
    assert json.loads(result.out)["schema"] == "tierdeps/check/1"
    assert json.loads(Path("a.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--output", "json:-", "--output", "text:-"), "--output names the standard output more than once"),
        (
            ("--output", "json:-", "--format", "github"),
            "--output json:- and --format github both print to standard output; write one of them to a file",
        ),
    ],
)
def test_the_standard_output_holds_one_answer(check: Check, arguments: tuple[str, ...], complaint: str) -> None:
    result = check(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[0] == f"error: {complaint}"


def test_selected_and_ignored_rules(check: Check) -> None:
    assert "TD101" not in check("--select", "TD103").out
    assert check("--ignore", "TD1").code == 0
    assert check("--select", "TD104").code == 0


def test_a_misspelt_code_exits_2_with_the_nearest_one(check: Check) -> None:
    result = check("--select", "TD3044")
    assert (result.code, result.out) == (2, "")
    assert result.err == "error: no rule is named 'TD3044'; did you mean 'TD304'?\n"


def test_the_settings_weigh_rules_and_hint(check: Check) -> None:
    Path("tierdeps.toml").write_text(
        'ignore = ["TD101"]\n[severity]\nTD103 = "warning"\n[hints]\nTD103 = "ask #storage-team"\n'
    )
    result = check()
    assert result.code == 0
    assert "warning[TD103]" in result.out
    assert "  hint: ask #storage-team\n" in result.out
    assert json.loads(check("--format", "json").out)["findings"][0]["hint"] == "ask #storage-team"


def test_a_severity_that_is_none_exits_2(check: Check) -> None:
    Path("tierdeps.toml").write_text('[severity]\nTD103 = "loud"\n')
    result = check()
    assert result.code == 2
    assert "expected error, warning, off, got 'loud'" in result.err


def test_the_baseline_excuses_what_it_names(check: Check) -> None:
    added = check(
        "--update-baseline", "--reason", "known for years", "--owner", "storage-team", "--until", "2999-12-31"
    )
    assert (added.code, added.err) == (0, f"{BASELINE}: 2 added, 0 removed, 2 in total\n")
    text = Path(BASELINE).read_text()
    assert text.count('reason = "known for years"\nowner = "storage-team"\nuntil = 2999-12-31') == 2
    result = check()
    assert (result.code, result.out) == (0, "2 drivers, 3 dependencies, 1 tier: nothing new, 2 known\n")
    assert json.loads(check("--format", "json").out)["summary"]["known"] == 2
    assert check("--no-baseline").code == 1


def test_a_new_finding_fails_beside_known_ones(check: Check) -> None:
    check("--update-baseline", "--reason", "known")
    Path("site.toml").write_text(GRAPH + "[drivers.disk]\nrequires = ['nowhere']\n")
    result = check()
    assert result.code == 1
    assert result.out.count("error[") == 1
    assert "1 error, 0 warnings, 2 known" in result.out


def test_a_cycle_that_takes_another_s_place_fails(check: Check) -> None:
    Path("site.toml").write_text(FIXED)
    check("--update-baseline", "--reason", "known")
    Path("site.toml").write_text(FIXED.replace("[drivers.qemu]", "[drivers.disk]").replace('"qemu"', '"disk"'))
    result = check()
    assert result.code == 1
    assert {line[:12] for line in result.out.splitlines() if line.startswith("error")} == {
        "error[TD101]",
        "error[TD401]",
    }


def test_updating_only_adds_and_pruning_only_removes(check: Check) -> None:
    check("--update-baseline", "--reason", "known")
    Path("site.toml").write_text(FIXED + "[drivers.disk]\nrequires = ['nowhere']\n")
    added = check("--update-baseline", "--reason", "new")
    assert f"{BASELINE}: 1 added, 0 removed, 3 in total" in added.err
    assert "error[TD401]" in added.out
    pruned = check("--prune")
    assert (pruned.code, pruned.err) == (0, f"{BASELINE}: 0 added, 1 removed, 2 in total\n")
    Path("site.toml").write_text(GRAPH)
    assert "0 added, 1 removed" in check("--prune").err
    assert "error[TD103]" in check("--prune").out


def test_what_is_up_to_date_is_not_written_again(check: Check) -> None:
    check("--update-baseline", "--reason", "known")
    Path(BASELINE).write_text("# mine\n" + Path(BASELINE).read_text())
    result = check("--update-baseline", "--reason", "other", "--prune")
    assert (result.code, result.err) == (0, "")
    assert Path(BASELINE).read_text().startswith("# mine\n")


def test_an_expired_entry_fails_with_its_finding(check: Check) -> None:
    check("--update-baseline", "--reason", "known", "--until", "2999-12-31")
    Path(BASELINE).write_text(Path(BASELINE).read_text().replace("2999-12-31", "2020-12-31"))
    result = check("--select", "TD101", "--select", "TD402")
    assert result.code == 1
    assert "error[TD101]" in result.out
    assert "error[TD402]" in result.out
    assert "days ago: TD101 qemu -> storage, storage -> qemu" in result.out


def test_an_assumption_makes_no_entry_stale(check: Check) -> None:
    Path("site.toml").write_text(FIXED.replace('"storage"', '{ on = "storage", when = "pool.auth" }'))
    check("--update-baseline", "--reason", "known")
    assert check().code == 0
    assert check("--assume", "pool.auth=no").code == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--update-baseline"], "--update-baseline requires --reason TEXT: why these findings are accepted"),
        (
            ["--update-baseline", "--reason", " "],
            "--update-baseline requires --reason TEXT: why these findings are accepted",
        ),
        (["--reason", "x"], "--reason, --owner and --until require --update-baseline"),
        (["--no-baseline", "--prune"], "--no-baseline cannot be used with other baseline options"),
        (["--update-baseline", "--reason", "x", "--until", "2020-01-01"], "--until 2020-01-01: that date has passed"),
        (["--baseline", "missing.toml"], "missing.toml: no such file or directory"),
        (["--prune"], f"{BASELINE}: no such file or directory"),
    ],
)
def test_options_that_do_not_go_together_exit_2(check: Check, arguments: list[str], complaint: str) -> None:
    result = check(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[0] == f"error: {complaint}"
    assert not Path(BASELINE).exists()


def test_the_baseline_can_be_another_file(check: Check) -> None:
    check("--baseline", "one.toml", "--update-baseline", "--reason", "known")
    assert check().code == 1
    assert check("--baseline", "one.toml").code == 0
    Path("tierdeps.toml").write_text('baseline = "one.toml"\n')
    assert check().code == 0
    Path("one.toml").unlink()
    assert check().err == "error: one.toml: no such file or directory\n"


def test_findings_on_the_baseline_point_into_it(check: Check) -> None:
    check("--update-baseline", "--reason", "known")
    Path("site.toml").write_text(FIXED)
    result = check("--format", "github")
    line = Path(BASELINE).read_text().splitlines().index('code = "TD103"')
    assert result.out.startswith(f"::error file={BASELINE},line={line},title=TD401 stale-baseline::")


def test_an_empty_graph_is_no_passed_check(check: Check) -> None:
    Path("empty.toml").write_text("")
    assert check(graph="empty.toml").code == 2
    assert check("--allow-empty", graph="empty.toml").code == 0


def test_files_below_the_folder_are_named_by_their_paths(check: Check, tmp_path: Path) -> None:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "g.toml").write_text(GRAPH)
    for name in (str(tmp_path / "graphs" / "g.toml"), "./graphs/../graphs/g.toml"):
        assert "file=graphs/g.toml,line=5," in check("--format", "github", graph=name).out


def test_every_code_is_explained(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    codes = [f"TD{number}" for number in (*range(101, 110), *range(201, 206), *range(301, 304), 401, 402)]
    for code in codes:
        with pytest.raises(SystemExit) as ended:
            run_cli(["explain", code])
        assert ended.value.code == 0
        told = capsys.readouterr().out
        assert told.startswith(f"{code} ")
        assert "How to fix it" in told
