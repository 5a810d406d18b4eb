"""YAML files are changed in the places that their parser names, so that everything else keeps its bytes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

NULL = "tag:yaml.org,2002:null"
#: Text that YAML reads as text without quotes, wherever it is.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.@/-]*(:[A-Za-z0-9_.@/-]+)*")


class _Text:
    """A text and the pieces of it that are to be replaced."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._splices: list[tuple[int, int, str]] = []

    def splice(self, start: int, end: int, new: str) -> None:
        self._splices.append((start, end, new))

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def next_line(self, index: int) -> int:
        """Return where the line after the one with an index starts."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end + 1

    def written(self) -> str:
        """Return the text with the pieces replaced; a piece inside another one that is removed goes with it."""
        parts, position = [], 0
        for start, end, new in sorted(self._splices, key=lambda splice: (splice[0], -splice[1])):
            if start >= position:
                parts.append(self.text[position:start])
            parts.append(new)
            position = max(position, end)
        return "".join((*parts, self.text[position:]))


class _Table:
    """A table of a document, or a driver that has none yet; it acts as a ``dict`` as far as changes need it."""

    def __init__(self, text: _Text, node: yaml.Node, indent: int, *, within_flow: bool = False) -> None:
        self._text = text
        self._node = node
        self._indent = indent
        self._within_flow = within_flow
        self._nodes = {key.value: (key, value) for key, value in _pairs(node)}

    def __getitem__(self, name: str) -> _Table | _List | str:
        key, value = self._nodes[name]
        return _wrapped(self._text, value, key.start_mark.column + 2, within_flow=_is_flow(self._node))

    def get(self, name: str) -> _Table | _List | str | None:
        return self[name] if name in self._nodes else None

    def __setitem__(self, name: str, value: str) -> None:
        if name in self._nodes:
            _replace(self._text, self._nodes[name][1], value)
        elif isinstance(self._node, yaml.ScalarNode):
            start, end = self._node.start_mark.index, _end(self._node)
            if start < end or self._within_flow:  # null is written, or brackets are around it
                self._text.splice(start, end, f"{'' if start < end else ' '}{{{name}: {_scalar(value)}}}")
            else:
                self._text.splice(start, end, f"\n{' ' * self._indent}{name}: {_scalar(value)}")
        elif _is_flow(self._node):
            pairs = _pairs(self._node)
            start = pairs[0][0].start_mark.index if pairs else self._node.start_mark.index + 1
            self._text.splice(start, start, f"{name}: {_scalar(value)}{', ' if pairs else ''}")
        else:
            start, column = self._node.start_mark.index, self._node.start_mark.column
            self._text.splice(start, start, f"{name}: {_scalar(value)}\n{' ' * column}")

    def __delitem__(self, name: str) -> None:
        pairs = _pairs(self._node)
        index = list(self._nodes).index(name)
        _remove(self._text, pairs, index, flow=_is_flow(self._node))


class _List:
    """A list of a document; it acts as a ``list`` as far as changes need it."""

    def __init__(self, text: _Text, node: yaml.SequenceNode, indent: int) -> None:
        self._text = text
        self._node = node
        self._indent = indent
        self._left = set(range(len(node.value)))

    def __getitem__(self, index: int) -> _Table | _List | str:
        return _wrapped(self._text, self._node.value[index], self._indent)

    def __setitem__(self, index: int, value: str) -> None:
        _replace(self._text, self._node.value[index], value)

    def __delitem__(self, index: int) -> None:
        self._left.discard(index)
        _remove(self._text, [(item, item) for item in self._node.value], index, flow=_is_flow(self._node))

    def __len__(self) -> int:
        return len(self._left)


def _is_flow(node: yaml.Node) -> bool:
    """Return whether a table or list is written between brackets."""
    return bool(getattr(node, "flow_style", False))


def _pairs(node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    return node.value if isinstance(node, yaml.MappingNode) else []


def _wrapped(text: _Text, node: yaml.Node, indent: int, *, within_flow: bool = False) -> _Table | _List | str:
    if isinstance(node, yaml.SequenceNode):
        return _List(text, node, indent)
    if isinstance(node, yaml.MappingNode) or node.tag == NULL:
        return _Table(text, node, indent, within_flow=within_flow)
    return str(node.value)


def _end(node: yaml.Node) -> int:
    """Return where a value ends; the parser says of one in block style where the next one starts."""
    if isinstance(node, yaml.ScalarNode) or _is_flow(node):
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last)


def _remove(text: _Text, items: list[tuple[yaml.Node, yaml.Node]], index: int, *, flow: bool) -> None:
    """Remove an entry: in block style its lines, else what is up to the next one; YAML allows a last comma."""
    first, last = items[index]
    start, end = first.start_mark.index, _end(last)
    if not flow:
        start, end = text.line_start(start), text.next_line(end)
    elif index + 1 < len(items):
        end = items[index + 1][0].start_mark.index
    elif index and "\n" not in text.text[_end(items[index - 1][1]) : start]:
        start = _end(items[index - 1][1])
    elif not text.text[text.line_start(start) : start].strip() and not text.text[end : text.next_line(end)].strip():
        start, end = text.line_start(start), text.next_line(end)
    text.splice(start, end, "")


def _replace(text: _Text, node: yaml.Node, value: str) -> None:
    style = getattr(node, "style", None)
    new = f"'{value}'" if style == "'" and "'" not in value else _scalar(value, quoted=style is not None)
    text.splice(node.start_mark.index, _end(node), new)


def _scalar(value: str, *, quoted: bool = False) -> str:
    plain = _PLAIN.fullmatch(value) and not quoted and yaml.safe_load(value) == value
    return value if plain else json.dumps(value, ensure_ascii=False)


def read(text: str) -> tuple[Any, Callable[[], str]] | None:
    """Return a document that can be changed, and a function that returns its text; None for one that has no tables."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    pieces = _Text(text)
    return _Table(pieces, node, 0), pieces.written
