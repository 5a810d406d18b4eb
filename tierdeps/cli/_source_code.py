"""The lines of graph files and of plugins' modules that findings show."""

from __future__ import annotations

import ast
import os
import re
import stat
import sys
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.text import decode_utf8

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tierdeps.model import Evidence
    from tierdeps.words.code_frame import CodeFrame

#: Of a longer file no line is shown: finding it would take longer than the check.
MAX_BYTES = 8 << 20
#: The maximal number of lines below a declaration that are searched for a key of it.
MAX_LINES = 50


def code_frame(evidence: Evidence) -> CodeFrame | None:
    """Return the line of a declaration, and where in it; None if its file is not at hand or has no such line.

    It is the line of the key that the evidence is about, where that is found below the line of the origin.
    """
    from tierdeps.words.code_frame import frame_in_graph, named_frame

    origin, key, name = evidence.origin, evidence.key, evidence.name
    if not origin.line:
        return None
    if origin.file.endswith(".py"):
        return _python_frame(_module_file(origin.file), evidence)
    lines = _lines("" if origin.distribution else origin.file)
    if not 0 < origin.line <= len(lines):
        return None
    text = lines[origin.line - 1]
    by_entry = key in {"", "on"} and not text.lstrip().startswith("[[")  # its own key leads to the target
    below = None if by_entry else _key_line(lines, origin.line, key or "on")
    if below is None:
        frame = frame_in_graph(origin.line, text, origin.key)
        return (named_frame(frame, name) if name and not key else None) or frame
    frame = frame_in_graph(below, lines[below - 1], f"{origin.key}.{key or 'on'}")
    found = (named_frame(replace(frame, line=number, text=lines[number - 1]), name) for number in _span(lines, below))
    return next((one for one in found if one), frame) if name else frame


def _key_line(lines: Sequence[str], first: int, key: str) -> int | None:
    """Return the line of a key of a declaration that starts at a line; None if it is not found.

    The declaration ends at the next header of TOML, or at a line that is not indented further than its first one.
    """
    wanted = re.compile(rf"""(?:^|[{{,\s-])["']?{re.escape(key)}["']?\s*[=:]""")
    start = lines[first - 1]
    is_header = start.lstrip().startswith("[") and "=" not in start.partition("]")[0]
    if not is_header and _has_key(start, key, wanted):
        return first
    indent = len(start) - len(start.lstrip())
    for number, text in enumerate(lines[first : first + MAX_LINES], first + 1):
        if text.lstrip().startswith("[") if is_header else text.strip() and len(text) - len(text.lstrip()) <= indent:
            return None
        if wanted.search(text):
            return number
    return None


def _has_key(text: str, key: str, wanted: re.Pattern[str]) -> bool:
    """Return whether a line has a key; a file can be one line, in which a search for a pattern is slow."""
    at = text.find(key)
    while at >= 0:
        if any(wanted.match(text, before) for before in range(max(at - 2, 0), at + 1)):
            return True
        at = text.find(key, at + 1)
    return False


def _span(lines: Sequence[str], first: int) -> Iterator[int]:
    """Yield the line of a key, and those of the list that it may have."""
    yield first
    in_brackets, in_block = "[" in lines[first - 1], lines[first - 1].rstrip().endswith(":")
    for number, text in enumerate(lines[first : first + MAX_LINES], first + 1):
        if "]" in lines[number - 2] if in_brackets else not (in_block and text.lstrip().startswith("-")):
            return
        yield number


def _python_frame(file: str, evidence: Evidence) -> CodeFrame | None:
    """Return the argument of a call that the evidence is about, or the whole line where it is not found."""
    from tierdeps.words.code_frame import CodeFrame, frame_in_code

    lines, line = _lines(file), evidence.origin.line or 0
    if not 0 < line <= len(lines):
        return None
    for node in _arguments(file, line, evidence):
        text = lines[node.lineno - 1]
        start, end = (len(text.encode()[:at].decode(errors="replace")) for at in (node.col_offset, _end(node)))
        return CodeFrame(node.lineno, text, start, end)
    return frame_in_code(line, lines[line - 1])


def _end(node: ast.expr) -> int:
    """Return the column after a node, or after its first line."""
    return node.end_col_offset or 0 if node.end_lineno == node.lineno else sys.maxsize


def _arguments(file: str, line: int, evidence: Evidence) -> Iterator[ast.expr]:
    """Yield the values that are meant, among those of the calls that start on a line."""
    for call in _calls(file).get(line, ()):
        values = [item.value for item in call.keywords if item.arg == evidence.key]
        if evidence.key == "on" and any(_is(value, evidence.name) for value in call.args):
            yield call
        for value in values:
            inner = [one for one in ast.walk(value) if isinstance(one, ast.expr) and _is(one, evidence.name)]
            yield inner[0] if inner else value


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == name


@cache
def _calls(file: str) -> Mapping[int, Sequence[ast.Call]]:
    """Return the calls of a module by the line on which they start, the inner ones last."""
    found: dict[int, list[ast.Call]] = {}
    with suppress(SyntaxError, ValueError, RecursionError):
        for node in ast.walk(ast.parse("\n".join(_lines(file)))):
            if isinstance(node, ast.Call):
                found.setdefault(node.lineno, []).append(node)
    return found


def _module_file(file: str) -> str:
    """Return the file of an imported module whose name has been made a path; empty if no such module is imported."""
    name = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    found = getattr(sys.modules.get(name), "__file__", None)
    return found if isinstance(found, str) else ""


def _lines(file: str) -> Sequence[str]:
    """Return the lines of a file as they are now: a run that is reloaded reads files that have changed."""
    try:
        found = os.stat(file)  # noqa: PTH116
        if stat.S_ISREG(found.st_mode) and found.st_size <= MAX_BYTES:
            return _read_lines(os.path.abspath(file), found.st_mtime_ns, found.st_ino, found.st_size)  # noqa: PTH100
    except (OSError, ValueError):
        pass
    return ()


@lru_cache(maxsize=256)
def _read_lines(file: str, *version: int) -> Sequence[str]:
    del version
    return decode_utf8(Path(file).read_bytes()).split("\n")
