"""Messages beside the answer: the word that says how grave one is has its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps.words.layout import unstyled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ask


@pytest.mark.parametrize(
    ("arguments", "color"),
    [
        (("order", "none.toml", "--color", "always"), True),
        (("--color", "always", "order", "none.toml"), True),
        (("order", "none.toml", "--color", "never"), False),
        (("order", "none.toml"), False),
    ],
)
def test_an_error_is_coloured_where_colours_are_wanted(ask: Ask, arguments: tuple[str, ...], color: bool) -> None:
    said = ask(*arguments).err
    assert unstyled(said) == "error: none.toml: no such file or directory\n"
    assert (said != unstyled(said)) is color


def test_the_choice_of_one_command_is_not_that_of_the_next(ask: Ask) -> None:
    ask("order", "none.toml", "--color", "always")
    assert "\x1b" not in ask("nonesuch").err


def test_what_a_lock_would_gain_and_lose_is_coloured(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text("[drivers.a]\n")
    ask("lock", "g.toml")
    (tmp_path / "g.toml").write_text("[drivers.b]\n")
    answer = ask("lock", "--check", "g.toml", "--color", "always")
    assert answer.code == 1
    assert {line[:5] for line in answer.out.splitlines() if unstyled(line).startswith("+")} == {"\x1b[32m"}
    assert {line[:5] for line in answer.out.splitlines() if unstyled(line).startswith("-")} == {"\x1b[31m"}
    assert unstyled(answer.out) == ask("lock", "--check", "g.toml").out
