"""The paths of origins' files in the repository, for code hosts."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tierdeps.cli.git.source_files import SourceFiles
from tierdeps.code_locations import CodeLocations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.model import Finding, Origin

#: Files below these are installed copies.
INSTALLED = {"site-packages", "dist-packages"}
#: The variables in which code hosts name the root of the repository, for use without git.
VARIABLES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
#: Files that stand for the project as a whole.
PROJECT_FILES = ("tierdeps.toml", "pyproject.toml", "setup.cfg")


def find_locations(findings: Iterable[Finding], home: str) -> CodeLocations:
    """Look the findings' files up in the repository; ``home`` is the file that a finding without one is about."""
    lines: dict[str, set[int]] = {}
    for origin in _origins(findings):
        lines.setdefault(origin.file, set()).update(() if origin.line is None else (origin.line,))
    if not lines:
        return CodeLocations()
    try:
        folder = Path.cwd()
    except FileNotFoundError:  # it has been deleted: no file can be found from there
        return CodeLocations("", dict.fromkeys(lines, ""))
    root = _repository(folder) or _repository((folder / home).parent.resolve()) or folder
    locate = Locations(root, folder)
    homes = (locate.given(name) for name in (home, *PROJECT_FILES))
    return CodeLocations(next(filter(None, homes), ""), locate.all(lines))


def find_home(graph: str) -> CodeLocations:
    """Look up a graph itself in the repository: where nothing could be read there is nothing else to point to."""
    folder = Path.cwd()
    root = _repository(folder) or _repository((folder / graph).parent.resolve()) or folder
    return CodeLocations(Locations(root, folder).given(graph))


def _origins(findings: Iterable[Finding]) -> Iterator[Origin]:
    for finding in findings:
        for evidence in (*finding.evidence, *(part for fix in finding.fixes for part in fix.parts)):
            yield evidence.origin
        if finding.excuse is not None and finding.excuse.origin is not None:
            yield finding.excuse.origin


def _repository(folder: Path) -> Path | None:
    """Return the root of the repository that a folder is in."""
    for parent in (folder, *folder.parents):
        with suppress(OSError):  # a folder that may not be looked into
            if (parent / ".git").is_file() or (parent / ".git" / "HEAD").is_file():
                return parent
    named = (Path(found).resolve() for name in VARIABLES if (found := os.environ.get(name)))
    return next((path for path in named if folder.is_relative_to(path)), None)


class Locations:
    """Finds the path from the root of the repository for a file as origins name it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder
        self._sources = SourceFiles(root)

    def all(self, lines: Mapping[str, Iterable[int]]) -> Mapping[str, str]:
        """Return the paths of files of which some lines are pointed to; nothing for one that is not in it."""
        return {file: self._path(file, numbers) for file, numbers in lines.items()}

    def given(self, name: str) -> str:
        """Return the path of a file that is named as seen from the current folder."""
        return "" if name in ("", "-") else self._inside(self._folder / name)

    def _path(self, file: str, lines: Iterable[int]) -> str:
        module = _module_file(file)
        if module is None:
            return self.given(file)
        # what is installed may be a copy of a source that is worked on here
        return self._inside(module) or self._sources.find(file, module, lines)

    def _inside(self, path: Path) -> str:
        """Return the path below the root of a file that is worked on there, or nothing."""
        try:
            found = path.resolve(strict=True)
            relative = found.relative_to(self._root)
        except (OSError, ValueError):
            return ""
        return relative.as_posix() if found.is_file() and not INSTALLED & set(relative.parts) else ""


def _module_file(file: str) -> Path | None:
    """Return where the module comes from that an origin names by the way to it."""
    if not file.endswith(".py"):
        return None
    path = PurePosixPath(file)
    parts = path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts
    found = getattr(sys.modules.get(".".join(parts)), "__file__", None)
    return Path(found) if found else None
