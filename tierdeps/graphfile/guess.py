"""Which kind of graph file something is: by its name, or by its first bytes where it has none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps.importers import Source

SUFFIXES = {
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


def is_a(kind: str, source: Source) -> bool:
    """Tell whether a source is of one of the kinds ``toml``, ``json``, ``jsonl`` and ``yaml``; it is never of two."""
    if source.content is None:
        return False
    if source.path is None or _is_stream(source.path):
        return by_content(source.head) == kind
    return SUFFIXES.get(source.path.suffix.lower()) == kind


def _is_stream(path: Path) -> bool:
    """Tell whether a path is no file's: what a shell passes for ``<(command)`` says nothing by its name."""
    return not path.suffix and path.parts[:2] in {("/", "dev"), ("/", "proc")}


def by_content(head: bytes) -> str:
    """Guess by its beginning the kind of what has no name."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"{"):
        return "jsonl" if _DRIVER_LINE.match(head) or _has_object_after_object(head) else "json"
    blank = _BLANK_OR_COMMENT.match(head)
    significant = head[blank.end() :] if blank else head
    if significant.startswith((b"---", b"%YAML", b"- ")) or _YAML_KEY.match(significant):
        return "yaml"
    return "toml"


def _has_object_after_object(head: bytes) -> bool:
    """Tell whether the first line ends one object and the next one begins another; no JSON document looks so."""
    first, _, following = head.partition(b"\n")
    return first.rstrip().endswith(b"}") and following.lstrip().startswith(b"{")
