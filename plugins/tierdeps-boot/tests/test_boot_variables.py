"""Variables of compose files: references, and files that set them."""

from __future__ import annotations

import pytest

from tierdeps_boot._dotenv import variables
from tierdeps_boot._problems import Problems
from tierdeps_boot.compose.interpolate import InterpolationError, interpolate

KNOWN = {"A": "one", "E": "", "B2_": "two"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A-$B2_.", "one-two."),
        ("${A}${B2_}", "onetwo"),
        ("$$A ${A}$$", "$A one$"),
        ("${N:-d}${N-d}${E:-d}${E-d}", "ddd"),
        ("${N:-${A}}x", "onex"),
        ("${N:-${M:-{}}}", "{}"),
        ("${A:+yes}${N:+yes}${E+yes}${E:+yes}", "yesyes"),
        ("${A:?no}${E?no}", "one"),
        ("plain", "plain"),
        ("${N:-a}b}", "ab}"),
    ],
)
def test_references_are_replaced(text: str, value: str) -> None:
    assert interpolate(text, KNOWN) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("$N", "the variable 'N' has no value; set it in the environment or in .env"),
        ("${N:?it is needed}", "the variable 'N' must have a value: it is needed"),
        ("${E:?}", "the variable 'E' must have a value"),
        ("$-", 'expected the name of a variable after "$" in \'$-\'; write "$$" for a dollar sign'),
        ("$", 'expected the name of a variable after "$" in \'$\'; write "$$" for a dollar sign'),
        ("${}", "expected the name of a variable after \"${\" in '${}'"),
        ("${A!}", "expected \"}\" or one of :- - :? ? :+ + after 'A' in '${A!}'"),
        ("${A", 'expected "}" after "${" in \'${A\''),
        ("${N:-" * 30 + "}" * 30, "expected no more than 20 variables one in the other"),
    ],
)
def test_what_is_no_reference_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InterpolationError) as refused:
        interpolate(text, KNOWN)
    assert str(refused.value) == problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB = two words \n", {"A": "1", "B": "two words"}),
        ("# words\n\n  export A=1 # more\nB=x#y", {"A": "1", "B": "x#y"}),
        ("A='$B # \\n'\nB=\"x\\n# y\"", {"A": "$B # \\n", "B": "x\n# y"}),
        ('A="two\nlines"\nB=1', {"A": "two\nlines", "B": "1"}),
        ("A\nB=", {"B": ""}),
        ("A: 1", {"A": "1"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("A='open", {"A": "'open"}),
    ],
)
def test_a_file_sets_variables(text: str, expected: dict[str, str]) -> None:
    problems = Problems()
    assert variables(text, ".env", problems, lambda value, _: value) == expected
    assert problems.found == ()


def test_values_may_refer_to_values_before() -> None:
    found = variables("A=1\nB=$A$A\n", ".env", Problems(), interpolate)
    assert found == {"A": "1", "B": "11"}


def test_values_that_double_with_each_line_are_refused() -> None:
    lines = ["V0=xxxxxxxx", *(f"V{number}=$V{number - 1}$V{number - 1}" for number in range(1, 60))]
    problems = Problems()
    found = variables("\n".join(lines), ".env", problems, interpolate)
    assert max(map(len, found.values())) <= 1 << 16
    assert problems.found[0].message == "expected a value of no more than 65536 characters"


def test_a_line_that_sets_nothing_is_a_problem() -> None:
    problems = Problems()
    assert variables("A=1\n-\nB=$N\nC=3", ".env", problems, interpolate) == {"A": "1", "C": "3"}
    assert [(item.place.line, item.message.split(";")[0]) for item in problems.found] == [
        (2, "expected NAME=VALUE"),
        (3, "the variable 'N' has no value"),
    ]
