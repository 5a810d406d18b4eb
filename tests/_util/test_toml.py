"""TOML with keys of too many parts, which its parser takes minutes for."""

from __future__ import annotations

import tomllib

import pytest

from tierdeps._util.toml import MAX_KEY_PARTS, loads, long_key_line

LONG = ".".join(["a"] * (MAX_KEY_PARTS + 1))


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG} = 1",
        f"  [{LONG}]",
        f"[[ {LONG} ]]",
        f"x = {{ {LONG} = 1 }}",
        f"x = {{ y = 1, {LONG} = 1 }}",
        LONG.replace(".", " . ") + " = 1",
        LONG.replace("a", "'a.b'") + " = 1",
        LONG.replace("a", '"a"') + " = 1",
    ],
)
def test_a_key_of_too_many_parts_is_refused_with_its_line(text: str) -> None:
    assert long_key_line(f"y = 1\n\n{text}\n") == 3
    with pytest.raises(RecursionError):
        loads(text)


@pytest.mark.parametrize(
    "text",
    [
        LONG.removesuffix(".a") + " = 1",
        f"x = '{LONG}'",
        f"x = ['{LONG}', \"{LONG}\"]",
        f"x = 1 # {LONG}",
        "x = [" + "1.5, " * 1000 + "]",
        "a.b.c = 1\n" + "".join(f"a.b.d{number} = 1\n" for number in range(1000)),
    ],
)
def test_what_is_no_such_key_is_read_as_ever(text: str) -> None:
    assert loads(text) == tomllib.loads(text)
