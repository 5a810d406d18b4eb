"""Variables in texts: what they are replaced by, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.errors import DeclarationError
from tierdeps.model import Process
from tierdeps.model.variables import VariableError, mentions_variables, sample, substitute

SET = {"A": "1", "EMPTY": "", "DOLLAR": "${A}$$"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", "1"),
        ("x${A}y${A}", "x1y1"),
        ("${A:-2}", "1"),
        ("${B:-2}", "2"),
        ("${B:-}", ""),
        ("${B:-a b:-c}", "a b:-c"),
        ("${EMPTY:-2}", "2"),
        ("${EMPTY-2}", ""),
        ("${B-2}", "2"),
        ("${EMPTY}", ""),
        ("$$", "$"),
        ("$${A}", "${A}"),
        ("$$$${A}", "$${A}"),
        ("$$${A}", "$1"),
        ("$A $ $1 $(id) `id`", "$A $ $1 $(id) `id`"),
        ("^ready$", "^ready$"),
        ("${DOLLAR}", "${A}$$"),
        ("${B:-$A}", "$A"),
    ],
)
def test_a_variable_is_replaced_once(text: str, expected: str) -> None:
    assert substitute(text, SET) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("${B}", "${B} is not set"),
        ("a ${}", "'${}' is no variable: expected ${NAME} or ${NAME:-default}; a dollar is $$"),
        ("${A", "'${A' is no variable: expected ${NAME} or ${NAME:-default}; a dollar is $$"),
        ("${A B}", "'${A B}' is no variable: expected ${NAME} or ${NAME:-default}; a dollar is $$"),
        ("${1A}", "'${1A}' is no variable: expected ${NAME} or ${NAME:-default}; a dollar is $$"),
        ("${A:?why}", "'${A:?why}' is no variable: expected ${NAME} or ${NAME:-default}; a dollar is $$"),
    ],
)
def test_what_is_not_set_and_what_is_no_variable_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(VariableError) as raised:
        substitute(text, SET)
    assert str(raised.value) == problem


@given(st.text())
def test_a_doubled_dollar_is_always_a_dollar(text: str) -> None:
    assert substitute(text.replace("$", "$$"), {}) == text


@given(st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True), st.text(), min_size=1))
def test_a_value_is_taken_as_it_is(variables: dict[str, str]) -> None:
    text = "|".join(f"${{{name}}}" for name in variables)
    assert substitute(text, variables) == "|".join(variables.values())


@given(st.text(alphabet="${}:-A b"))
def test_any_text_is_replaced_or_an_error(text: str) -> None:
    try:
        found = substitute(text, SET)
    except VariableError:
        return
    assert mentions_variables(text) or found == text


def test_a_sample_has_a_form_that_can_be_validated() -> None:
    assert sample("tcp:${HOST:-localhost}:${PORT}") == "tcp:localhost:1"
    assert Process(("true",), "tcp:${HOST}:${PORT:-80}", substitute=True).ready == "tcp:${HOST}:${PORT:-80}"
    with pytest.raises(DeclarationError):
        Process(("true",), "tcp:${HOST}:${PORT:-80}")
    with pytest.raises(DeclarationError):
        Process(("true",), "${READY}", substitute=True)


@pytest.mark.parametrize("names", ["a.env", [""], ["-"], ["a\0b"], [1]])
def test_env_files_are_names(names: object) -> None:
    with pytest.raises(DeclarationError, match="env_file"):
        Process(("true",), env_file=names)  # type: ignore[arg-type]
