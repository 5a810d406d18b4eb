"""Values of every argument and every option of every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.cli.faulty import commands, with_argument, with_options
from tests.cli.test_user_faults import NAMES, VALUES
from tests.hostile.commanding import run_words
from tests.hostile.inputs import NUMBERS, ODD_TEXT, WORDS
from tests.hostile.target import Target

if TYPE_CHECKING:
    from pathlib import Path

#: What stands for the value until it is drawn.
HOLE = "<value>"
FORMS = [
    words
    for name in commands()
    for words in (with_argument(name, HOLE), ["diff", HOLE, HOLE], *with_options(name, "good.toml", HOLE))
]
#: So many restarts and no more: with a thousand million, a user waits for them.
MOST_RESTARTS = 1000


def plain(value: str) -> str:
    """Return a value that names nothing outside of the folder: some options write files."""
    return value.replace("/", "_").replace("..", "__")


def few(value: str) -> str:
    """Return a number of restarts that is not above the limit; any other value as it is."""
    try:
        return str(int(value) % MOST_RESTARTS)
    except ValueError:
        return value


def fill(form: int, value: str) -> bytes:
    """Return an input: two bytes that say which command, and a value."""
    return form.to_bytes(2, "big") + value.encode(errors="surrogatepass")


def words_of(data: bytes) -> list[str]:
    """Return the words of a command: those of a form, with the value as Python reads it from a command line."""
    words = FORMS[int.from_bytes(data[:2], "big") % len(FORMS)]
    value = plain(data[2:].decode(errors="surrogateescape"))
    if any("--restarts=" in word for word in words):
        value = few(value)
    return [word.replace(HOLE, value) for word in words]


def run(data: bytes, folder: Path) -> None:
    (folder / "good.toml").write_text("[drivers.a]\n")
    run_words(words_of(data), folder)


def valid() -> tuple[bytes, ...]:
    """Return an input for each form, so that none has to be found by chance."""
    return tuple(fill(number, "a") for number in range(len(FORMS)))


GIVEN = ODD_TEXT | NUMBERS | WORDS | st.sampled_from([*VALUES, *NAMES.values()])
TOKENS = (
    "--",
    "--format=",
    "json",
    "--help",
    "toml",
    "yes",
    "=no",
    "git:",
    "HEAD",
    "*",
    "?",
    "[",
    "2026-01-01",
    ",",
    ":",
)
TARGETS = (Target("command-line", st.builds(fill, st.integers(0, len(FORMS) - 1), GIVEN), run, 120, TOKENS, valid()),)
