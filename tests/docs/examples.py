"""The examples of a page: files that it shows, and commands with what they print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent

BLOCK = re.compile(
    r"^(?P<margin> *)\.\. code-block:: (?P<language>[\w-]+)\n"
    r"(?P<options>(?:(?P=margin) {3}:.*\n)*)\n"
    r"(?P<body>(?:(?:(?P=margin) {3}.*)?\n)+)",
    re.MULTILINE,
)


#: What differs from run to run: seconds, moments and numbers of processes. A page shows one of them, and any will do.
VOLATILE = re.compile(
    r"^ +\d+\.\d{3}(?=  )|\b\d+\.\d+ ?s\b|\.\.\. s\b|(?<=  )\d{2,}$|\bprocess (?:\d+|\.\.\.)"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    re.MULTILINE,
)
#: What only a slow machine has to say, of what no example does.
SLOW = re.compile(r"^note: .* blocked the event loop for .*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """One block: of a file, its name and text; of a console, commands with what each prints."""

    language: str
    file: str
    text: str
    line: int

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The commands with their output."""
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)
        assert not parts[0].strip(), f"line {self.line}: a console begins with a command"
        pairs = (part.partition("\n") for part in parts[1:])
        return [(command, output.strip("\n")) for command, _, output in pairs]


def examples(page: str) -> list[Example]:
    """Return the code blocks of a page, in their order."""
    found = []
    for match in BLOCK.finditer(page):
        caption = re.search(r":caption: (.+)", match["options"])
        line = page[: match.start()].count("\n") + 1
        text = dedent(match["body"]).strip("\n") + "\n"
        found.append(Example(match["language"], caption[1].strip() if caption else "", text, line))
    return found


def agrees(shown: str, printed: str) -> bool:
    """Return whether a page shows what was printed; ``...`` stands for anything, on a line of its own for any lines.

    Of what differs from run to run, the page need not have the very numbers: it has some, or ``...`` for all of it.
    On a slow machine a note may say that something was slow, which no page shows.
    """
    return _matches(VOLATILE.sub("#", shown), VOLATILE.sub("#", SLOW.sub("", printed)))


def _matches(shown: str, printed: str) -> bool:
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in printed.splitlines())) is not None
