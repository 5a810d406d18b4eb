"""JSON as it should be read: no key twice in a table, no half of a character, no depth without end."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.graphfile.place import Place
from tierdeps.graphfile.text import too_deep, too_long_number

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Above so many characters the lines of keys are not looked for: nobody reads such a file by eye.
LOCATED_UP_TO = 1 << 20
#: Two halves that are one character, one half alone (noted), or any other escape.
_ESCAPE = r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"


class Decoder:
    """Decodes JSON texts; ``file`` is for messages."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._twice: list[str] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=self._table)

    def _table(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        table = dict(pairs)
        if len(table) != len(pairs):
            counts = Counter(name for name, _ in pairs)
            self._twice += (name for name, count in counts.items() if count > 1)
        return table

    def decode(self, text: str, first_line: int = 1) -> object:
        """Return the value of a text that begins on a line."""
        try:
            value = self._decoder.decode(text)
        except json.JSONDecodeError as error:
            place = f"line {first_line + error.lineno - 1}, column {error.colno}"
            raise InputError(self._file, f"not valid JSON: {_lowered(error.msg)}", place) from None
        except RecursionError:
            from tierdeps.graphfile.lines import deepest_line

            raise too_deep(self._file, first_line + deepest_line(text) - 1) from None
        except ValueError:
            raise too_long_number(self._file, text, first_line) from None
        if self._twice:
            raise self._repeated(text, first_line)
        if "\\u" in text:
            self._check_escapes(text, first_line)
        return value

    def _repeated(self, text: str, first_line: int) -> InputError:
        """Make the error for a key that stands twice: the first one, or where it cannot be found, one of them."""
        from tierdeps.graphfile.lines import Locator

        what = repr(self._twice[0])
        self._twice.clear()
        locator = Locator(text)
        with suppress(RecursionError):
            locator.value()
            what = "this one"
        line = first_line + locator.lines.get(locator.twice, 1) - 1
        return Place(self._file, locator.twice, line).error(f"expected each key once in a table, got {what} again")

    def _check_escapes(self, text: str, first_line: int) -> None:
        """Refuse an escape that stands for half of a character: such text can be written nowhere."""
        for escape in re.finditer(_ESCAPE, text):
            if escape[1]:
                line = f"line {first_line + text.count(chr(10), 0, escape.start())}"
                raise InputError(self._file, f"expected whole characters, got half of one, '\\{escape[1]}'", line)


def lines_of(text: str) -> Mapping[str, int]:
    """Return the lines of a document's keys, as far as they can be told."""
    if len(text) > LOCATED_UP_TO:
        return {}
    from tierdeps.graphfile.lines import Locator

    try:
        return Locator(text).value().lines
    except RecursionError:
        return {}


def _lowered(message: str) -> str:
    """Word the parser's message as all messages are."""
    message = message.replace("Expecting", "expected").replace("Extra data", "expected the end, got more")
    return message[0].lower() + message[1:].removesuffix(" at").removesuffix(" starting")
