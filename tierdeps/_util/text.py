"""Text from outside: decoded, and made safe for a terminal and for a code host that reads the output of commands."""

from __future__ import annotations

import re

#: Invisible characters that Python calls printable: fillers, joiners, variation selectors without a symbol.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\ufe00-\ufe0d\U000e0100-\U000e01ef]"
    "|(?<!\\W)[\ufe0e\ufe0f]"
)
#: What code hosts take for a command: ``::name::`` at the start of a line, after blanks if any; the others anywhere.
_COMMAND = re.compile(r"^([^\S\n]*):(?=:)|##(?=\[|(?i:vso|teamcity)\[)", re.MULTILINE)

#: The escapes of control characters, which are the most frequent ones that are not printable.
_CONTROLS = {number: chr(number).encode("unicode_escape").decode() for number in (*range(32), *range(127, 160))}

#: The maximal number of characters that are shown of an unexpected value.
MAX_QUOTED = 100
_LONG_NUMBER = re.compile(r"[0-9_]{640,}")


class NotUtf8Error(ValueError):
    """Bytes are not UTF-8; ``line`` is the line of the first wrong byte, and the text says what was found."""

    def __init__(self, line: int, byte: int) -> None:
        self.line = line
        super().__init__(f"expected text in UTF-8, got the byte 0x{byte:02x}")


def decode_utf8(data: bytes) -> str:
    """Return the text that bytes stand for, without a byte order mark. Raises NotUtf8Error."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # error.start counts from behind the byte order mark, which the codec has removed
        start = error.start + len(data) - len(error.object)
        raise NotUtf8Error(data.count(b"\n", 0, start) + 1, data[start]) from None


def long_number_line(text: str) -> int:
    """Return the line of a number with more digits than Python converts; its parsers do not say where it is."""
    found = _LONG_NUMBER.search(text)
    return 1 + text.count("\n", 0, found.start() if found else 0)


def shortened(text: str, most: int = MAX_QUOTED) -> str:
    """Return a text as it is, or the beginning of a long one."""
    return text if len(text) <= most else f"{text[:most]}..."


def printable(text: str) -> str:
    """Return one line of text in which control characters and invisible characters are escaped."""
    if text.isascii() and text.isprintable():
        return text
    escaped = text.translate(_CONTROLS)
    if not escaped.isprintable():
        escaped = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in escaped)
    return _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode(), escaped)


def without_commands(text: str) -> str:
    """Return text in which code hosts find no command; the meaning of a JSON document stays the same."""
    if "::" not in text and "##" not in text:
        return text
    return _COMMAND.sub(_escaped_command, text)


def _escaped_command(found: re.Match[str]) -> str:
    blanks = found[1]
    return "#\\u0023" if blanks is None else f"{blanks}\\x3a"
