"""Tables and lists of YAML: merge keys are followed, keys that repeat and tags are problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from tierdeps_boot._problems import Place
from tierdeps_boot._yaml import line_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps_boot._problems import Problems

Pair = tuple[yaml.ScalarNode, yaml.Node]
_CORE = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset({"", "!", *(_CORE + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))})
_MERGE = "<<"
#: The number of values that aliases may stand for, in all: a short file could ask for any number.
MAX_ALIASED_VALUES = 100_000
#: Longer values are shown in part.
MAX_SHOWN = 60
#: The number of tables that may be merged into each other, one into the next.
MAX_MERGES = 100
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Tables:
    """Reads the nodes of one file; ``tags`` are those that mean something in it."""

    def __init__(self, file: str, problems: Problems, tags: frozenset[str] = frozenset()) -> None:
        self.file = file
        self.problems = problems
        self._tags = _PLAIN_TAGS | tags
        self._merged: dict[int, dict[str, Pair] | None] = {}
        self._lists: set[int] = set()
        self._aliased = 0
        self._depth = 0

    def place(self, node: yaml.Node) -> Place:
        """Return where a node begins."""
        return Place(self.file, line_of(node))

    def error(self, node: yaml.Node, message: str) -> None:
        """Add a problem of a node."""
        self.problems.error(self.place(node), message)

    def table(self, node: yaml.Node, what: str) -> Mapping[str, Pair]:
        """Return the keys and values of a table, with what its merge keys bring; a null is an empty one."""
        if not isinstance(node, yaml.MappingNode):
            if not is_null(node):
                self.error(node, f"expected a table for {what}, got {kind_of(node)}")
            return {}
        known = self._merged.get(id(node))
        if known is None:
            return self._read(node, what)
        self._count(node, len(known))
        return known

    def _read(self, node: yaml.MappingNode, what: str) -> dict[str, Pair]:
        if id(node) in self._merged:
            self.error(node, f"{what} is merged into itself")
            return {}
        self._merged[id(node)] = None
        own: dict[str, Pair] = {}
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.error(key, f"expected a name as a key of {what}, got {kind_of(key)}")
            elif key.value == _MERGE and not key.style:
                merged.append(value)
            elif key.value in own:
                self.error(key, f"expected each key once in {what}, got {shown_value(key.value)} again")
            else:
                own[key.value] = (key, value)
        if merged and self._depth < MAX_MERGES:
            self._depth += 1
            own = {**self._bases(merged, what), **own}
            self._depth -= 1
        elif merged:
            self.error(node, f"expected no more than {MAX_MERGES} tables merged one into the next")
        self._merged[id(node)] = own
        return own

    def _bases(self, values: list[yaml.Node], what: str) -> dict[str, Pair]:
        """Return what merge keys bring: of several bases, the first that has a key wins."""
        found: dict[str, Pair] = {}
        for value in values:
            for base in value.value if isinstance(value, yaml.SequenceNode) else (value,):
                if isinstance(base, yaml.MappingNode):
                    found = {**self.table(base, what), **found}
                else:
                    self.error(base, f"expected a table to merge into {what}, got {kind_of(base)}")
        return found

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        """Return the items of a list; a null is an empty one."""
        if isinstance(node, yaml.SequenceNode):
            if id(node) in self._lists:
                self._count(node, len(node.value))
            self._lists.add(id(node))
            return node.value if self._aliased <= MAX_ALIASED_VALUES else []
        if not is_null(node):
            self.error(node, f"expected a list for {what}, got {kind_of(node)}")
        return []

    def _count(self, node: yaml.Node, size: int) -> None:
        self._aliased += size
        if self._aliased - size <= MAX_ALIASED_VALUES < self._aliased:
            self.error(node, f"expected a description of services, got aliases for over {MAX_ALIASED_VALUES} values")

    def text(self, node: yaml.Node, what: str) -> str | None:
        """Return the text of a value that is no list and no table."""
        if isinstance(node, yaml.ScalarNode):
            value: str = node.value
            return value
        self.error(node, f"expected text for {what}, got {kind_of(node)}")
        return None

    def flag(self, node: yaml.Node, what: str, text: str | None = None) -> bool | None:
        """Return a value that is true or false; ``text`` is what it stands for."""
        value = self.text(node, what) if text is None else text
        if value is None or value in _TRUE or value in _FALSE:
            return None if value is None else value in _TRUE
        self.error(node, f"expected true or false for {what}, got {shown_value(value)}")
        return None

    def refuse_tags(self, root: yaml.Node) -> None:
        """Add a problem for each tag that means nothing here."""
        seen: set[int] = set()
        stack = [root]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if node.tag not in self._tags:
                self.error(node, f"expected no tag, got {node.tag.replace(_CORE, '!!')!r}")
            if isinstance(node, yaml.MappingNode):
                stack += [part for pair in node.value for part in pair]
            elif isinstance(node, yaml.SequenceNode):
                stack += node.value


def is_null(node: yaml.Node) -> bool:
    """Return whether a node stands for nothing."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in NULLS


def kind_of(node: yaml.Node) -> str:
    """Return what a node is, for messages."""
    if isinstance(node, yaml.MappingNode):
        return "a table"
    return "a list" if isinstance(node, yaml.SequenceNode) else shown_value(node.value)


def shown_value(text: str) -> str:
    """Return a value, quoted; a long one in part."""
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}...")
