"""What holds for every rule."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.rules.looking import RULES
from tierdeps.graph import DependencyGraph
from tierdeps.importers import Source
from tierdeps.manager import Manager
from tierdeps.model import Severity
from tierdeps.rules import RuleContext
from tierdeps.settings import Settings

#: Those whose example is no graph file: two files, code, a listing, or a baseline.
NO_GRAPH = {"TD105", "TD202", "TD301", "TD302", "TD303", "TD304", "TD305", "TD306", "TD307", "TD401", "TD402"}


def test_every_code_has_its_rule() -> None:
    first = [f"TD10{number}" for number in range(1, 10)]
    second = [f"TD20{number}" for number in range(1, 10)]
    others = ["TD301", "TD302", "TD303", "TD304", "TD305", "TD306", "TD307", "TD401", "TD402"]
    assert sorted(RULES) == [*first, "TD110", "TD111", *second, *others]


@pytest.mark.parametrize("code", RULES)
def test_errors_are_one_three_oh_three_and_four(code: str) -> None:
    expected = code.startswith(("TD1", "TD4")) or code in {"TD303", "TD304", "TD305", "TD306", "TD307"}
    assert (RULES[code].severity is Severity.ERROR) == expected


@pytest.mark.parametrize("code", RULES)
def test_redundant_dependencies_and_what_only_runs_show_are_looked_for_on_request_alone(code: str) -> None:
    assert RULES[code].on_request == (code in {"TD201", "TD305"})


@pytest.mark.parametrize("code", RULES)
def test_a_rule_explains_itself_in_short_ascii_lines(code: str) -> None:
    rule = RULES[code]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    for text in (rule.meaning, rule.example, rule.how_to_fix):
        assert text.strip()
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("code", sorted(RULES.keys() - NO_GRAPH))
def test_the_example_of_a_rule_trips_it_and_no_other_error(code: str) -> None:
    example = RULES[code].example
    assert tomllib.loads(example)
    source = Source("example.toml", None, example.encode())
    importer = next(item for item in Manager(Settings(), path=[]).importers() if item.recognises(source))
    graph = DependencyGraph.of(importer.read(source))
    codes = {finding.code for rule in RULES.values() for finding in rule.check(RuleContext(graph))}
    assert code in codes
    assert {item for item in codes if item.startswith("TD1")} <= {code}
