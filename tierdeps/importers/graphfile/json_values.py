"""Strict JSON: no repeated keys, no lone surrogates, no unlimited depth."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.importers.graphfile.location import SourceLocation
from tierdeps.importers.graphfile.text import too_deep, too_long_number

if TYPE_CHECKING:
    from collections.abc import Mapping

#: In longer texts the lines of keys are not determined: nobody reads such a file by eye.
MAX_LOCATED_CHARS = 1 << 20
#: A surrogate pair, a lone surrogate (in the group), or any other escape.
_ESCAPE = r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"


class Decoder:
    """Decodes JSON texts; ``file`` is named in messages."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._repeated_keys: list[str] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=self._table)

    def _table(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        table = dict(pairs)
        if len(table) != len(pairs):
            counts = Counter(name for name, _ in pairs)
            self._repeated_keys += (name for name, count in counts.items() if count > 1)
        return table

    def decode(self, text: str, first_line: int = 1) -> object:
        """Return the value of a text whose first line has a number. Raises InputError."""
        self._repeated_keys.clear()
        try:
            value = self._decoder.decode(text)
        except json.JSONDecodeError as error:
            location = f"line {first_line + error.lineno - 1}, column {error.colno}"
            raise InputError(self._file, f"not valid JSON: {_lowered(error.msg)}", location) from None
        except RecursionError:
            from tierdeps.importers.graphfile.key_lines import line_of_depth

            raise too_deep(self._file, first_line + line_of_depth(text) - 1) from None
        except ValueError:
            raise too_long_number(self._file, text, first_line) from None
        if self._repeated_keys:
            raise self._repeated(text, first_line)
        if "\\u" in text:
            self._check_escapes(text, first_line)
        return value

    def _repeated(self, text: str, first_line: int) -> InputError:
        """Return the error for a repeated key: the first one, or if its line cannot be determined, any."""
        from tierdeps.importers.graphfile.key_lines import KeyLines

        what = repr(self._repeated_keys[0])
        key_lines = KeyLines(text)
        with suppress(RecursionError):
            key_lines.value()
            what = "this one"
        line = first_line + key_lines.lines.get(key_lines.repeated, 1) - 1
        return SourceLocation(self._file, key_lines.repeated, line).error(
            f"expected each key once in a table, got {what} again"
        )

    def _check_escapes(self, text: str, first_line: int) -> None:
        """Raise InputError for a lone surrogate: such text cannot be encoded."""
        for escape in re.finditer(_ESCAPE, text):
            if escape[1]:
                line = f"line {first_line + text.count(chr(10), 0, escape.start())}"
                raise InputError(
                    self._file, f"expected whole characters, got half of a surrogate pair, '\\{escape[1]}'", line
                )


def lines_of(text: str) -> Mapping[str, int]:
    """Return the lines of a document's keys, as far as they can be determined."""
    if len(text) > MAX_LOCATED_CHARS:
        return {}
    from tierdeps.importers.graphfile.key_lines import KeyLines

    try:
        return KeyLines(text).value().lines
    except RecursionError:
        return {}


def _lowered(message: str) -> str:
    """Return the parser's message in the style of all messages."""
    message = message.replace("Expecting", "expected").replace("Extra data", "expected the end, got more")
    return message[0].lower() + message[1:].removesuffix(" at").removesuffix(" starting")
