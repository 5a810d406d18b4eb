"""The text of a graph file, and errors that its parsers report without a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import NotUtf8Error, decode_utf8, long_number_line
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from tierdeps.importers import Source

#: Graph files have five levels; whatever is nested deeper than this is not one.
MAX_DEPTH = 100


def decode(source: Source) -> str:
    """Return the text of a source, without a byte order mark. Raises InputError."""
    data = source.data
    if data is None:
        raise InputError(source.name, "expected a file, got a folder")
    try:
        return decode_utf8(data)
    except NotUtf8Error as error:
        raise InputError(source.name, str(error), f"line {error.line}") from None


def too_long_number(source: str, text: str, first_line: int = 1) -> InputError:
    """Return the error for a number with more digits than Python reads; its parsers do not say where it is."""
    line = first_line - 1 + long_number_line(text)
    return InputError(source, "expected a number, got one with too many digits", f"line {line}")


def too_deep(source: str, line: int) -> InputError:
    """Return the error for a document that is nested too deeply for its parser."""
    return InputError(source, "expected a graph, got something nested too deeply", f"line {line}")
