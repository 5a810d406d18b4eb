"""The files of a project: which may be read, what they say, and the variables that they set."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps_boot._dotenv import variables as read_variables
from tierdeps_boot._files import decode, is_within, read_text, shown
from tierdeps_boot._problems import Place
from tierdeps_boot.compose.document import Document, read_documents
from tierdeps_boot.compose.interpolate import interpolate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps_boot._problems import Problems

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|git@|oci:|[^/]*\.git(#|$)")


class Files:
    """Reads files in the folder of a project and in the current one; ``given`` is content that is not the disk's."""

    def __init__(self, folder: Path, problems: Problems, given: Mapping[Path, bytes]) -> None:
        self._roots = (folder, Path.cwd())
        self._problems = problems
        self._given = given

    def documents(self, file: Path, variables: Mapping[str, str], place: Place | None = None) -> list[Document]:
        """Return the documents of a file; none, with a problem, if it cannot be read."""
        if file in self._given:
            text = decode(self._given[file], shown(file), self._problems)
        else:
            text = read_text(file, self._problems, place)
        return [] if text is None else list(read_documents(text, shown(file), variables, self._problems))

    def error(self, place: Place, message: str) -> None:
        """Add a problem."""
        self._problems.error(place, message)

    def located(self, name: str, folder: Path, place: Place) -> Path | None:
        """Return a file that another one names; None, with a problem, if it is not read."""
        if _REMOTE.match(name):
            self.error(place, f"{name!r} is not on this machine, so it is not read; include a copy of it")
            return None
        path = folder / name
        return path if self.may_be_read(path, name, place) else None

    def may_be_read(self, path: Path, name: str, place: Place) -> bool:
        """Return whether a file is in the folder of the project or the current one; add a problem if not."""
        if "\0" not in name and is_within(path, *self._roots):
            return True
        self.error(place, f"{name!r} is outside the project and the current folder; run this from a folder above both")
        return False

    def variables(
        self, files: Sequence[Path], known: Mapping[str, str], place: Place | None = None
    ) -> Mapping[str, str]:
        """Return the known variables, and those that files set; without a ``place``, files may be missing."""
        found: dict[str, str] = {}
        for file in files:
            if place is None and not file.exists():
                continue
            if not is_within(file, *self._roots):
                self.error(
                    place or Place(shown(file)), f"{shown(file)!r} is outside the project and the current folder"
                )
            elif (text := read_text(file, self._problems, place)) is not None:
                before = {**found}
                found |= read_variables(text, shown(file), self._problems, partial(_expand, before, known))
        return {**found, **known}


def _expand(before: Mapping[str, str], known: Mapping[str, str], value: str, own: Mapping[str, str]) -> str:
    return interpolate(value, {**before, **own, **known}) if "$" in value else value
