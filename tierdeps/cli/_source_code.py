"""The lines of graph files and of plugins' modules that findings show."""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps._util.text import decode_utf8

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.model import Origin
    from tierdeps.words.code_frame import CodeFrame

#: Of a longer file no line is shown: finding it would take longer than the check.
MAX_BYTES = 8 << 20
#: The maximal number of lines below the header of a dependency that are searched for its target.
MAX_KEYS = 20


def code_frame(origin: Origin) -> CodeFrame | None:
    """Return the line of an origin, and where in it; None if its file is not at hand or has no such line."""
    from tierdeps.words.code_frame import frame_in_code, frame_in_graph

    if not origin.line:
        return None
    is_code = origin.file.endswith(".py")
    lines = _lines(_module_file(origin.file) if is_code else "" if origin.distribution else origin.file)
    if not 0 < origin.line <= len(lines):
        return None
    text = lines[origin.line - 1]
    if is_code:
        return frame_in_code(origin.line, text)
    if text.lstrip().startswith("[[") and (target := _target_line(lines, origin.line)):
        return frame_in_graph(target, lines[target - 1], f"{origin.key}.on")
    return frame_in_graph(origin.line, text, origin.key)


def _target_line(lines: Sequence[str], header: int) -> int | None:
    """Return the line of ``on`` below the header of a dependency, which says more than the header."""
    for number, text in enumerate(lines[header : header + MAX_KEYS], header + 1):
        if text.lstrip().startswith("["):
            return None
        if re.match(r"\s*on\s*=", text):
            return number
    return None


def _module_file(file: str) -> str:
    """Return the file of an imported module whose name has been made a path; empty if no such module is imported."""
    name = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    found = getattr(sys.modules.get(name), "__file__", None)
    return found if isinstance(found, str) else ""


@cache
def _lines(file: str) -> Sequence[str]:
    try:
        if not file or not os.path.isfile(file) or os.path.getsize(file) > MAX_BYTES:  # noqa: PTH113, PTH202
            return ()
        return decode_utf8(Path(file).read_bytes()).split("\n")
    except (OSError, ValueError):
        return ()
