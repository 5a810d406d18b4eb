"""Read files of environment variables: a ``NAME=value`` in each line. Nothing in them is executed or substituted."""

from __future__ import annotations

import re

_NAME = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_SKIPPED = re.compile(r"[ \t]*(?:[#;][^\n]*)?(?:\n|\Z)")
_BLANKS = re.compile(r"[ \t]*")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN = re.compile(r"[^\n]*")
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_COMMENT = re.compile(r"(?:^|[ \t]+)#.*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\n": ""}
_KEPT = {'"', "\\", "$", "`"}


class EnvFileError(ValueError):
    """A line is none of the format; ``line`` is its number. The text never has a value, which may be a secret."""

    def __init__(self, line: int, problem: str) -> None:
        self.line = line
        super().__init__(problem)


def parse_env_file(text: str) -> dict[str, str]:
    r"""Return the variables in the text of a file; of two with the same name the last counts. Raises EnvFileError.

    Empty lines and lines that start with ``#`` or ``;`` are skipped, and ``export`` before a name. A plain value ends
    with its line, or before a ``#`` behind a blank. A value in single quotes is taken as it is, over several lines. In
    double quotes these are escapes: ``\n``, ``\r``, ``\t``, and a backslash before a quote, a backslash, a dollar, a
    backtick or the end of a line.
    """
    text = text.replace("\r\n", "\n")
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        skipped = _SKIPPED.match(text, at)
        if skipped:
            at = skipped.end()
            continue
        blanks = _BLANKS.match(text, at)
        start = blanks.end() if blanks else at
        name = _NAME.match(text, start)
        if name is None:
            raise EnvFileError(text.count("\n", 0, start) + 1, "expected NAME=value, a comment or an empty line")
        found[name[1]], at = _value(text, name.end())
    return found


def _value(text: str, at: int) -> tuple[str, int]:
    """Return the value that starts somewhere, and where its line ends."""
    quote = text[at : at + 1]
    if quote not in ("'", '"') or not quote:
        plain = _PLAIN.match(text, at)
        value = plain[0] if plain else ""
        _refuse_null(text, at, value)
        return _COMMENT.sub("", value).rstrip(" \t\r"), at + len(value) + 1
    quoted = (_SINGLE if quote == "'" else _DOUBLE).match(text, at)
    if quoted is None:
        raise EnvFileError(text.count("\n", 0, at) + 1, f"expected another {quote} at the end of the value")
    rest = _REST.match(text, quoted.end())
    if rest is None:
        raise EnvFileError(text.count("\n", 0, quoted.end()) + 1, f"expected the end of the line behind the {quote}")
    _refuse_null(text, at, quoted[1])
    return quoted[1] if quote == "'" else _ESCAPE.sub(_unescaped, quoted[1]), rest.end()


def _refuse_null(text: str, at: int, value: str) -> None:
    if "\0" in value:
        raise EnvFileError(text.count("\n", 0, at) + 1, "expected a value without null bytes")


def _unescaped(found: re.Match[str]) -> str:
    char = found[1]
    return _ESCAPES.get(char, char if char in _KEPT else found[0])
