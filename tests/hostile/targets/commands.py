"""Values on the command line: of every argument and every option of every command."""

from __future__ import annotations

import json
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
#: So many restarts and no more: a user who asks for a thousand million waits for them.
MOST_RESTARTS = 1000


def plain(value: str) -> str:
    """Return a value that names nothing outside of the folder: some options write files."""
    return value.replace("/", "_").replace("..", "__")


def fill(words: list[str], value: str) -> bytes:
    """Return the words of a command as an input."""
    if any("--restarts=" in word for word in words) and value.strip().isdigit():
        value = str(int(value[:4]) % MOST_RESTARTS)
    return json.dumps([word.replace(HOLE, plain(value)) for word in words]).encode()


def run(data: bytes, folder: Path) -> None:
    (folder / "good.toml").write_text("[drivers.a]\n")
    run_words(json.loads(data), folder)


GIVEN = ODD_TEXT | NUMBERS | WORDS | st.sampled_from([*VALUES, *NAMES.values()])
TARGETS = (Target("command-line", st.builds(fill, st.sampled_from(FORMS), GIVEN), run, 120),)
