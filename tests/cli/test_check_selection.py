"""``check --select``, ``--exit-zero`` and ``--statistics``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

GRAPH = """\
[drivers.a]
requires = ["b", "gone", "away"]
[drivers.b]
requires = ["a"]
after = ["nobody"]
"""


@pytest.fixture(autouse=True)
def graph(ask: Ask) -> None:
    del ask
    Path("site.toml").write_text(GRAPH)


def codes(ask: Ask, *arguments: str) -> list[str]:
    found = json.loads(ask("check", "site.toml", "--format", "json", *arguments).out)["findings"]
    return sorted({finding["code"] for finding in found})


@pytest.mark.parametrize(
    "options",
    [
        ("--select", "TD101,TD206"),
        ("--select", "TD101", "--select", "TD206"),
        ("--select", "cycle, unknown-name"),
        ("--ignore", "TD103,TD3"),
        ("--ignore", "missing"),
    ],
)
def test_rules_are_selected_by_codes_and_names_between_commas(ask: Ask, options: tuple[str, ...]) -> None:
    assert codes(ask, *options) == ["TD101", "TD206"]


def test_settings_take_names_and_beginnings_too(ask: Ask) -> None:
    Path("tierdeps.toml").write_text('ignore = ["missing"]\nseverity = { TD1 = "warning", TD2 = "error" }\n')
    found = json.loads(ask("check", "site.toml", "--format", "json").out)["findings"]
    assert {finding["code"]: finding["severity"] for finding in found} == {"TD101": "warning", "TD206": "error"}


@pytest.mark.parametrize("setting", ['ignore = ["TD"]', 'ignore = ["cycle", "missing"]', 'severity = { td1 = "off" }'])
def test_no_setting_makes_a_plan_of_a_graph_that_has_none(ask: Ask, setting: str) -> None:
    Path("tierdeps.toml").write_text(setting + "\n")
    answer = ask("order", "site.toml")
    assert answer.code == 1
    assert "error[TD101]" in answer.err


def test_exit_zero_reports_all_and_exits_0(ask: Ask) -> None:
    answer = ask("check", "site.toml", "--exit-zero")
    assert answer.code == 0
    assert "error[TD101]" in answer.out
    assert ask("check", "site.toml", "--exit-zero", "--each").code == 0


def test_exit_zero_is_about_findings_alone(ask: Ask) -> None:
    assert ask("check", "gone.toml", "--exit-zero").code == 2
    assert ask("check", "site.toml", "gone.toml", "--exit-zero", "--each").code == 2


def test_statistics_count_the_findings_of_each_rule(ask: Ask) -> None:
    answer = ask("check", "site.toml", "--statistics")
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "COUNT  CODE   NAME          SEVERITY",
        "    2  TD103  missing       error",
        "    1  TD101  cycle         error",
        "    1  TD206  unknown-name  warning",
    ]


def test_statistics_are_of_all_graphs_that_are_checked_by_themselves(ask: Ask) -> None:
    Path("other.toml").write_text("[drivers.c]\nrequires = ['gone']\n")
    answer = ask("check", "site.toml", "other.toml", "--each", "--statistics", "--format", "json", "--exit-zero")
    found = json.loads(answer.out)
    assert found["schema"] == "tierdeps/statistics/1"
    assert found["codes"][0] == {"code": "TD103", "rule": "missing", "severity": "error", "count": 3}


def test_statistics_of_nothing_say_so(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.a]\n")
    answer = ask("check", "site.toml", "--statistics")
    assert (answer.code, answer.out) == (0, "no findings\n")


def test_files_have_the_findings_beside_printed_statistics(ask: Ask) -> None:
    answer = ask("check", "site.toml", "--statistics", "--output", "report.json")
    assert "    2  TD103" in answer.out
    assert len(json.loads(Path("report.json").read_text())["findings"]) == 4


def test_a_format_that_statistics_do_not_have_is_refused(ask: Ask) -> None:
    answer = ask("check", "site.toml", "--statistics", "--format", "sarif")
    assert (answer.code, answer.out) == (2, "")
    assert "available: json, text" in answer.err
