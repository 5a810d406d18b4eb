"""``tierdeps explain``: of one code, several, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps import rule_codes
from tierdeps.rule_codes import RuleCode

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

OURS = [value for value in vars(rule_codes).values() if isinstance(value, RuleCode)]


def titles(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if line.endswith(("(error)", "(warning)"))]


def test_without_a_code_all_are_listed_with_their_names(ask: Ask) -> None:
    answer = ask("explain")
    listed = [(code, name) for code, _, name, *_ in map(str.split, answer.out.splitlines())]
    assert answer.code == 0
    assert [found for found in listed if found[0].startswith("TD")] == sorted(OURS)
    assert all(line.endswith(".") for line in answer.out.splitlines()[1:])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (["TD102", "TD101"], ["TD102", "TD101"]),
        (["TD102,td101"], ["TD102", "TD101"]),
        (["TD4"], ["TD401", "TD402"]),
        (["cycle", "Stale-Baseline"], ["TD101", "TD401"]),
        (["TD101", "cycle", "TD101"], ["TD101"]),
    ],
)
def test_takes_several_codes_beginnings_and_names_and_explains_each_once(
    ask: Ask, asked: list[str], expected: list[str]
) -> None:
    answer = ask("explain", *asked)
    assert answer.code == 0
    assert titles(answer.out) == expected


def test_offers_the_nearest_name_for_one_that_no_rule_has(ask: Ask) -> None:
    answer = ask("explain", "TD101", "cylce")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: no rule is named 'cylce'; did you mean 'cycle'?\n"


def test_an_empty_code_is_none(ask: Ask) -> None:
    assert ask("explain", "").out == ask("explain").out
