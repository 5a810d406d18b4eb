"""The lines of the keys in TOML and JSON documents; their parsers do not report them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.importers.graphfile.location import item, joined
from tierdeps.importers.graphfile.text import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r'''
      (?P<text> """ (?:\\.|[^\\])*? "{3,5} (?!") | \'\'\' .*? \'{3,5} (?!\')
              | " (?:\\.|[^"\\\n])* " | ' [^'\n]* ' )
    | (?P<comment> \#[^\n]* )
    | (?P<newline> \n )
    | (?P<mark> [\[\]{},=] )
    | (?P<word> [A-Za-z0-9_-]+ )
    | (?P<other> [.:] )
    ''',
    re.VERBOSE | re.DOTALL,
)
_END_OF_VALUE = ("\n", ",", "]", "}", "")


class Token(NamedTuple):
    """A piece of the text, with the line on which it starts."""

    kind: str
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text, without blanks and comments."""
    line = 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind != "comment":
            yield Token(kind, found[0], line)
        line += found[0].count("\n")


def line_of_depth(text: str) -> int:
    """Return the line on which brackets are nested deeper than MAX_DEPTH, or the first line."""
    depth = 0
    for token in tokens(text):
        depth += (token.text in ("[", "{")) - (token.text in ("]", "}"))
        if depth > MAX_DEPTH:
            return token.line
    return 1


#: What comes after the last token.
_END = Token("", "", 0)


class KeyLines:
    """Walks a text that its parser has accepted, and records the line of each key and of each item of a list.

    ``repeated`` is the first key that one table has twice, which only JSON parsers accept.
    """

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = next(self._tokens, _END)
        self.lines: dict[str, int] = {}
        self.repeated: str = ""
        self._items: dict[str, int] = {}

    def document(self) -> KeyLines:
        """Walk a TOML document."""
        table = ""
        while self._skip_newlines().kind:
            if self._next.text == "[":
                table = self._header()
            else:
                self._pair(table)
        return self

    def value(self, key: str = "") -> KeyLines:
        """Walk one value: a whole JSON document, or the value of a key."""
        first = self._skip_newlines() if not key else self._next
        if first.text == "[":
            self._list(key)
        elif first.text == "{":
            self._table(key)
        else:
            while self._next.text not in _END_OF_VALUE:
                self._take()
        return self

    def _take(self) -> Token:
        taken, self._next = self._next, next(self._tokens, _END)
        return taken

    def _skip_newlines(self) -> Token:
        while self._next.text == "\n":
            self._take()
        return self._next

    def _record(self, key: str, line: int) -> None:
        if key in self.lines:
            self.repeated = self.repeated or key
        self.lines[key] = line

    def _header(self) -> str:
        """Read ``[table]``, or ``[[list]]``, which starts the next table of a list."""
        line = self._take().line
        is_item = self._next.text == "["
        if is_item:
            self._take()
        table = self._key("", "]")
        self._take()
        self.lines.setdefault(table, line)
        if not is_item:
            return table
        self._take()
        self._items[table] = self._items.get(table, -1) + 1
        here = item(table, self._items[table])
        self.lines[here] = line
        return here

    def _pair(self, table: str) -> None:
        line = self._next.line
        key = self._key(table, "=", ":")
        self._take()
        self._record(key, line)
        self._skip_newlines()
        self.value(key)

    def _key(self, key: str, *ends: str) -> str:
        """Read a key of one or more names, up to one of the tokens that end it."""
        while self._next.text not in ends and self._next.kind:
            token = self._take()
            if token.kind == "other":
                self.lines.setdefault(key, token.line)
            else:
                key = joined(key, _unquoted(token))
        return key

    def _list(self, key: str) -> None:
        self._take()
        index = 0
        while self._skip_newlines().text not in ("]", ""):
            if self._next.text == ",":
                self._take()
                index += 1
            else:
                here = item(key, index)
                self._record(here, self._next.line)
                self.value(here)
        self._take()

    def _table(self, key: str) -> None:
        self._take()
        while self._skip_newlines().text not in ("}", ""):
            if self._next.text == ",":
                self._take()
            else:
                self._pair(key)
        self._take()


def _unquoted(token: Token) -> str:
    if token.kind == "word":
        return token.text
    if token.text.startswith("'") or "\\" not in token.text:
        return token.text[1:-1]
    try:
        return str(json.loads(token.text))
    except ValueError:
        import tomllib

        return str(tomllib.loads(f"key = {token.text}")["key"])
