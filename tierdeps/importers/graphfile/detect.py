"""The kind of a graph file, by the suffix of its name, or by its first bytes if it has no name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps.importers import Source

KIND_BY_SUFFIX = {
    ".toml": "toml",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".yaml": "yaml",
    ".yml": "yaml",
}
_DRIVER_LINE = re.compile(rb'\{\s*"name"\s*:')
_YAML_KEY = re.compile(rb"""("[^"\n]*"|'[^'\n]*'|[^\s\[\]{}"'#=:,&*!|>%@-][^\s=:]*)\s*:(\s|$)""")
_BLANK_OR_COMMENT = re.compile(rb"(\s|#[^\n]*(\n|$))*")


def has_kind(kind: str, source: Source) -> bool:
    """Return whether a source has a kind: ``toml``, ``json``, ``jsonl`` or ``yaml``. It never has two of them."""
    if source.content is None:
        return False
    if source.path is None or _is_stream(source.path):
        return kind_of_content(source.head) == kind
    return KIND_BY_SUFFIX.get(source.path.suffix.lower()) == kind


def _is_stream(path: Path) -> bool:
    """Return whether a path is that of a stream, such as a shell passes for ``<(command)``: its name says nothing."""
    return not path.suffix and path.parts[:2] in {("/", "dev"), ("/", "proc")}


def kind_of_content(head: bytes) -> str:
    """Return the most likely kind, by the first bytes."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"{"):
        return "jsonl" if _DRIVER_LINE.match(head) or _has_object_after_object(head) else "json"
    blank = _BLANK_OR_COMMENT.match(head)
    significant = head[blank.end() :] if blank else head
    if significant.startswith((b"---", b"%YAML", b"- ")) or _YAML_KEY.match(significant):
        return "yaml"
    return "toml"


def _has_object_after_object(head: bytes) -> bool:
    """Return whether the first line ends an object and the next one starts another: no JSON document does."""
    first, _, following = head.partition(b"\n")
    return first.rstrip().endswith(b"}") and following.lstrip().startswith(b"{")
