"""Strict YAML 1.2: ``on``, ``no`` and ``12:30`` are text; no tags, no repeated keys, no alias bombs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from tierdeps.importers.graphfile.location import SourceLocation, item, joined
from tierdeps.importers.graphfile.text import MAX_DEPTH, too_deep

if TYPE_CHECKING:
    from tierdeps.errors import InputError

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
#: The number of values that aliases may stand for, in all.
MAX_ALIASED_VALUES = 100_000


class Frame:
    """A list or a table that is being read; in a table, ``name`` is the key whose value comes next."""

    def __init__(self, key: str, anchor: str | None, value: list[object] | dict[str, object]) -> None:
        self.key = key
        self.anchor = anchor
        self.value = value
        self.name: str | None = None
        self.size: int = 1

    @property
    def expects_name(self) -> bool:
        """Whether the next value is a key."""
        return isinstance(self.value, dict) and self.name is None

    @property
    def below(self) -> str:
        """The dotted key of what comes next."""
        if isinstance(self.value, list):
            return item(self.key, len(self.value))
        return self.key if self.name is None else joined(self.key, self.name)

    def add(self, value: object, size: int) -> None:
        """Add the next value."""
        self.size += size
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.name is not None:
            self.value[self.name] = value
            self.name = None


class Builder:
    """Builds the value of a document from the parser's events, without recursion; ``lines`` are those of its keys."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._frames: list[Frame] = []
        self._anchors: dict[str, tuple[object, int]] = {}
        self._aliased = 0
        self._documents = 0
        self.root: object = None
        self.lines: dict[str, int] = {}

    def build(self, text: str) -> Builder:
        """Read a whole text. Raises InputError, or yaml.YAMLError if it is not YAML."""
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            match event:
                case yaml.DocumentStartEvent():
                    self._documents += 1
                    if self._documents > 1:
                        raise self._error(line, "expected one document, got another one")
                case yaml.ScalarEvent() | yaml.CollectionStartEvent() if event.tag is not None:
                    tag = event.tag.replace("tag:yaml.org,2002:", "!!")
                    raise self._error(line, f"expected no tags, got {tag!r}")
                case yaml.ScalarEvent():
                    self._scalar(event, line)
                case yaml.AliasEvent():
                    self._alias(event.anchor or "", line)
                case yaml.CollectionStartEvent():
                    self._start_collection(event, line)
                case yaml.CollectionEndEvent():
                    frame = self._frames.pop()
                    self._put(frame.value, frame.size, frame.anchor)
        return self

    def _error(self, line: int, message: str) -> InputError:
        key = self._frames[-1].below if self._frames else ""
        return SourceLocation(self._file, key, line).error(message)

    def _put(self, value: object, size: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, size)
        if self._frames:
            self._frames[-1].add(value, size)
        else:
            self.root = value

    def _start_collection(self, event: yaml.CollectionStartEvent, line: int) -> None:
        is_table = isinstance(event, yaml.MappingStartEvent)
        if self._frames and self._frames[-1].expects_name:
            raise self._error(line, f"expected a name as the key, got a {'table' if is_table else 'list'}")
        if len(self._frames) >= MAX_DEPTH:
            raise too_deep(self._file, line)
        key = self._frames[-1].below if self._frames else ""
        self.lines.setdefault(key, line)
        self._frames.append(Frame(key, event.anchor, {} if is_table else []))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        value = self._value(event, line)
        frame = self._frames[-1] if self._frames else None
        if frame is None or not frame.expects_name:
            if frame is not None:
                self.lines.setdefault(frame.below, line)
            self._put(value, 1, event.anchor)
            return
        if not isinstance(value, str):
            raise self._error(
                line, f'expected a name as the key, got {event.value or "nothing"}; write "{event.value}"'
            )
        again = value in frame.value
        frame.name = value
        if again:
            raise self._error(line, f"expected each key once in a table, got {value!r} again")
        self.lines[frame.below] = line

    def _alias(self, anchor: str, line: int) -> None:
        if self._frames and self._frames[-1].expects_name:
            raise self._error(line, "expected a name as the key, got an alias")
        if anchor not in self._anchors:
            raise self._error(line, f"expected an alias of something before it, got *{anchor}")
        value, size = self._anchors[anchor]
        self._aliased += size
        if self._aliased > MAX_ALIASED_VALUES:
            raise self._error(
                line, f"expected a graph, got aliases that stand for more than {MAX_ALIASED_VALUES} values"
            )
        self._put(value, size, None)

    def _value(self, event: yaml.ScalarEvent, line: int) -> object:
        """Return the value of a scalar by the rules of YAML 1.2: in quotes it is always text."""
        text: str = event.value
        try:
            text.encode()
            if event.style is None:
                return _plain(text)
        except UnicodeEncodeError as error:
            half = text[error.start]
            raise self._error(line, f"expected whole characters, got half of a surrogate pair, {half!r}") from None
        except ValueError:
            raise self._error(line, "expected a number, got one with too many digits") from None
        return text


def _plain(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
