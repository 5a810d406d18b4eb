"""Where the files of origins are in the repository that is worked in."""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tierdeps.spots import Spots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import Finding

#: What lies below these is installed, not worked on.
INSTALLED = {"site-packages", "dist-packages"}


def find_spots(findings: Iterable[Finding], home: str) -> Spots:
    """Look the findings' files up below the current folder, which is the repository's root on code hosts."""
    root = Path.cwd()
    files = {origin.file for finding in findings for origin in finding.origins if origin.file}
    return Spots(home, {file: _path(file, root) for file in files})


def _path(file: str, root: Path) -> str:
    """Return the path below the root, or what the origin says, where there is none."""
    if file == "-":
        return ""
    for candidate in (_module_file(file), root / file):
        if candidate is not None and candidate.is_relative_to(root) and candidate.is_file():
            path = candidate.resolve()
            if path.is_relative_to(root) and not INSTALLED & set(path.parts):
                return path.relative_to(root).as_posix()
    return file


def _module_file(file: str) -> Path | None:
    """Return where the module comes from that an origin names by the way to it."""
    if not file.endswith(".py"):
        return None
    path = PurePosixPath(file)
    parts = path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts
    found = getattr(sys.modules.get(".".join(parts)), "__file__", None)
    return Path(found) if found else None
