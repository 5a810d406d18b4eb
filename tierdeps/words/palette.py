"""The colours of text for people: which kinds of words have one, and which one, the same in every answer."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.rule_codes import page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tierdeps.model import Origin

#: The style of each kind of word, as rich writes it; only colours that every terminal theme has.
STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "good": "green",
    "bad": "red",
    "added": "green",
    "removed": "red",
    "changed": "yellow",
    "driver": "bold cyan",
    "tier": "bold magenta",
    "phase": "blue",
    "fact": "yellow",
    "place": "blue",
    "quoted": "green",
    "title": "bold",
    "dim": "dim",
    "caret": "bold red",
}
#: Words of sentences that are also good names of drivers: in a sentence they are not coloured.
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    a all an and are as at be before by can come comes declared does each for from has in is it its more
    need needs no none not nothing of on one only or other others provides remove requires same so tier
    tiers than that the their them then there they this to wants when which with
""",
    )
)
_TOKEN = re.compile(r"""'[^'\n]*'|"[^"\n]*"|[\w@*][\w@*./+-]*(?::[\w*-]+)*""")
_PLACE = re.compile(r".*\.\w+:\d+(?::\d+)?")
#: Links to nothing: in text that no terminal shows.
_NO_LINK = ""


def no_link(_file: str, _line: int | None = None) -> str:
    """Return no address: that of a file that cannot be opened."""
    return _NO_LINK


class Palette:
    """Colours words by what they are; ``PLAIN`` leaves them as they are.

    ``address`` returns the address to which a file and a line are linked, or an empty text.
    """

    def __init__(self, *, color: bool = False, address: Callable[[str, int | None], str] = no_link) -> None:
        self.color = color
        self._address = address

    def __call__(self, kind: str, text: str) -> str:
        """Return a text in the style of a kind of word; an empty kind has none."""
        return _styled(kind, text) if self.color and kind and text else text

    def step(self, name: str) -> str:
        """Return the name of a driver, or of a step: ``driver:phase``."""
        if not self.color:
            return name
        driver, colon, phase = name.rpartition(":")
        return f"{self('driver', driver)}:{self('phase', phase)}" if colon else self("driver", name)

    def place(self, text: str, file: str, line: int | None = None) -> str:
        """Return the text that names a place in a file, linked to it."""
        if not self.color:
            return text
        return self.link(self("place", text), self._address(file, line))

    def code(self, severity: str, text: str, code: str) -> str:
        """Return a text in the colour of a severity, linked to the page of a code."""
        return self.link(self(severity, text), page_of(code) if self.links else "")

    @property
    def links(self) -> bool:
        """Whether texts can be linked: on a terminal that shows colours."""
        return self.color and self._address is not no_link

    def link(self, text: str, address: str) -> str:
        """Return a text that a terminal links to an address, if there is one and links can be shown."""
        return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\" if address and self.links else text

    def origin(self, origin: Origin) -> str:
        """Return an origin, its file and line linked to them."""
        text = printable(str(origin))
        if not self.color or not origin.file:
            return text
        name = printable(f"{origin.file}:{origin.line}" if origin.line else origin.file)
        before, _, after = text.rpartition(name) if not origin.key else text.partition(name)
        return f"{before}{self.place(name, origin.file, origin.line)}{self('dim', after)}"

    def sentence(self, text: str, drivers: Collection[str] = ()) -> str:
        """Return a sentence in which the drivers, tiers, quoted code and places that it names are coloured."""
        if not self.color:
            return text
        before = ""

        def colored(found: re.Match[str]) -> str:
            nonlocal before
            token, before = found[0], found[0] if before != "tiers" or found[0] == "and" else ""
            return self._colored(token, found.string[: found.start()], drivers)

        return _TOKEN.sub(colored, text)

    def _colored(self, token: str, before: str, drivers: Collection[str]) -> str:
        if token[0] in "'\"":
            return self("quoted", token)
        if _PLACE.fullmatch(token):
            file, _, line = token.partition(":")
            number = line.partition(":")[0]
            return self.place(token, file, int(number))
        if before.endswith(("tier ", "tiers ")) and token not in _WORDS:
            return self("tier", token)
        name, rest = (token, "") if token in drivers else (token.rstrip("."), token[len(token.rstrip(".")) :])
        if name in drivers and name not in _WORDS:
            return f"{self('driver', name)}{rest}"
        driver, colon, phase = name.partition(":")
        if colon and driver in drivers:
            return f"{self('driver', driver)}:{self('phase', phase)}{rest}"
        return token


@cache
def _options(kind: str) -> dict[str, str | bool]:
    """Return a style as the arguments of ``click.style``."""
    options: dict[str, str | bool] = {}
    for word in STYLES[kind].split():
        options |= {word: True} if word in ("bold", "dim", "underline") else {"fg": word}
    return options


def _styled(kind: str, text: str) -> str:
    import click

    return click.style(text, **_options(kind))  # type: ignore[arg-type]  # the names that it has


PLAIN = Palette()
