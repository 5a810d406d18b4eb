"""What is recognised as services of OpenRC: a cached dependency tree, a folder of scripts, or the root of an image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps_boot._heads import heads

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Source

#: Where the scripts of an image are.
SCRIPTS = "etc/init.d"
#: The first line of a script.
INTERPRETER = re.compile(rb"#!\s*\S*/(openrc-run|runscript)\s*(\n|$)")
_TREE = re.compile(rb"^depinfo_0_service=", re.MULTILINE)
#: How many files of a folder, and how much of each, are looked at.
_FILES, _BYTES = 200, 64


def recognises(source: Source) -> bool:
    """Return whether it is a dependency tree, or a folder in which a script has OpenRC's interpreter."""
    if source.content is not None:
        return _TREE.search(source.head) is not None
    return source.path is not None and any(map(_has_scripts, (source.path, source.path / SCRIPTS)))


def folder_of(path: Path) -> Path:
    """Return the folder of the scripts: the one that is given, or that of an image."""
    return path / SCRIPTS if _has_scripts(path / SCRIPTS) else path


def _has_scripts(folder: Path) -> bool:
    return any(map(INTERPRETER.match, heads(folder, files=_FILES, size=_BYTES)))
