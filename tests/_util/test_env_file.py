"""Files of environment variables: what their lines mean, and that nothing in them is executed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.env_file import EnvFileError, parse_env_file

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=1", "1"),
        ("A=1\r\n", "1"),
        ("export A=1", "1"),
        ("  A = 1 ", "1"),
        ("A=", ""),
        ("A= # nothing", ""),
        ("A=a b  # comment", "a b"),
        ("A=a#b", "a#b"),
        ("A=a=b", "a=b"),
        ("A=$(id) `id` $HOME ${HOME}", "$(id) `id` $HOME ${HOME}"),
        ("A=a\\nb", "a\\nb"),
        ("A='a # \"b\" $c\\n'", 'a # "b" $c\\n'),
        ("A='two\nlines' # comment", "two\nlines"),
        ('A="a # b"', "a # b"),
        ('A="a\\"b\\\\c\\$d\\n\\te"', 'a"b\\c$d\n\te'),
        ('A="keep \\d"', "keep \\d"),
        ('A="one \\\nline"', "one line"),
        ('A="two\nlines"', "two\nlines"),
        ('A=""', ""),
        ("A=it's", "it's"),
        ("A=1\nA=2", "2"),
        ("# comment\n; comment\n\n   # more\nA=1", "1"),
    ],
)
def test_a_line_sets_a_variable(text: str, value: str) -> None:
    assert parse_env_file(text) == {"A": value}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("A=1\nsecret", 2, "expected NAME=value, a comment or an empty line"),
        ("A", 1, "expected NAME=value, a comment or an empty line"),
        ("1A=secret", 1, "expected NAME=value, a comment or an empty line"),
        ("A-B=secret", 1, "expected NAME=value, a comment or an empty line"),
        ("=secret", 1, "expected NAME=value, a comment or an empty line"),
        ("\n\nA='secret\n", 3, "expected another ' at the end of the value"),
        ('A="secret\\"', 1, 'expected another " at the end of the value'),
        ("A='secret\n'x", 2, "expected the end of the line behind the '"),
        ('A="x" y', 1, 'expected the end of the line behind the "'),
        ("A=x\0y", 1, "expected a value without null bytes"),
    ],
)
def test_any_other_line_is_an_error_without_its_value(text: str, line: int, problem: str) -> None:
    with pytest.raises(EnvFileError) as raised:
        parse_env_file(text)
    assert (raised.value.line, str(raised.value)) == (line, problem)
    assert "secret" not in str(raised.value)


@given(st.dictionaries(NAMES, st.text().filter(lambda text: not {"'", "\0", "\r"} & set(text))))
def test_single_quotes_keep_every_value(variables: dict[str, str]) -> None:
    assert parse_env_file("\n".join(f"{name}='{value}'" for name, value in variables.items())) == variables


@given(st.dictionaries(NAMES, st.text().filter(lambda text: not {"\0", "\r"} & set(text))))
def test_double_quotes_keep_every_value_that_is_escaped(variables: dict[str, str]) -> None:
    escaped = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in variables.items()}
    assert parse_env_file("\n".join(f'{name}="{value}"' for name, value in escaped.items())) == variables


@given(st.text())
def test_any_text_is_read_or_an_error_with_a_line(text: str) -> None:
    lines = [1]
    try:
        parse_env_file(text)
    except EnvFileError as error:
        lines.append(error.line)
    assert 1 <= lines[-1] <= text.count("\n") + 1


def test_a_long_file_is_read_in_time_linear_in_its_length() -> None:
    assert len(parse_env_file("".join(f"A{number}='{'x' * 50}'\n" for number in range(10_000)))) == 10_000
    with pytest.raises(EnvFileError):
        parse_env_file('A="' + "\\" * 300_001)


def test_a_long_file_of_quoted_values_is_read_in_time_linear_in_its_length() -> None:
    lines = "".join(f"V{number}='{number}'\n" for number in range(100_000))
    assert len(parse_env_file(lines)) == 100_000
