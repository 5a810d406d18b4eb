"""The codes of rules are written once."""

from __future__ import annotations

from tests.rules.looking import RULES
from tierdeps import rule_codes
from tierdeps.rule_codes import RuleCode

CODES = [value for value in vars(rule_codes).values() if isinstance(value, RuleCode)]


def test_every_built_in_rule_has_its_code_there_and_no_other_code_is_there() -> None:
    assert {code.code: code.name for code in CODES} == {code: rule.name for code, rule in RULES.items()}


def test_no_code_and_no_name_is_given_twice() -> None:
    assert len({code.code for code in CODES}) == len({code.name for code in CODES}) == len(CODES)
