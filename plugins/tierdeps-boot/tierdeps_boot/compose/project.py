"""A project: the services of its files, merged in the order of the files, with what they include and extend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot.compose.extend import Extender

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tierdeps_boot._problems import Place
    from tierdeps_boot.compose.document import Include
    from tierdeps_boot.compose.files import Files
    from tierdeps_boot.compose.model import Service

#: Projects that include each other, one in the next, and included projects in all.
MAX_DEPTH, MAX_INCLUDED = 50, 1000


class Project:
    """Reads the services of a project from its files."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._included = 0

    def load(
        self,
        files: Sequence[Path],
        folder: Path,
        variables: Mapping[str, str],
        including: tuple[Path, ...] = (),
        place: Place | None = None,
    ) -> dict[str, Service]:
        """Return the services of files that override one another; paths in them are relative to the folder.

        ``place`` is the entry that includes them.
        """
        merged: dict[str, Service] = {}
        includes: list[Include] = []
        for file in files:
            for document in self._files.documents(file, variables, place):
                extender = Extender(self._files, file, document.services, merged, variables)
                _merge(merged, {name: extender.extended(name, folder) for name in document.services})
                includes += document.includes
        for include in includes:
            self._include(include, folder, variables, merged, including + tuple(files))
        return merged

    def _include(
        self,
        include: Include,
        folder: Path,
        variables: Mapping[str, str],
        merged: dict[str, Service],
        including: tuple[Path, ...],
    ) -> None:
        files = [
            file for name in include.files if (file := self._files.located(name, folder, include.place)) is not None
        ]
        known = {file.resolve() for file in including}
        if any(file.resolve() in known for file in files):
            self._files.error(include.place, f"{include.files[0]!r} includes itself")
        elif len(including) >= MAX_DEPTH or self._included >= MAX_INCLUDED:
            limits = f"{MAX_INCLUDED} included projects, {MAX_DEPTH} of them one in the next"
            self._files.error(include.place, f"expected no more than {limits}")
        elif files:
            self._included += 1
            below = folder / include.folder if include.folder else files[0].parent
            env_files = [below / ".env"] if include.env_files is None else [folder / name for name in include.env_files]
            found = self._files.variables(env_files, variables, include.place if include.env_files else None)
            self._add(self.load(files, below, found, including, include.place), merged)

    def _add(self, included: Mapping[str, Service], merged: dict[str, Service]) -> None:
        for name, service in included.items():
            if name in merged and merged[name].said != service.said:
                file, line = service.place
                self._files.error(
                    merged[name].place, f"the service {name!r} is another one than the included one in {file}:{line}"
                )
            merged.setdefault(name, service)


def _merge(merged: dict[str, Service], over: Mapping[str, Service | None]) -> None:
    for name, service in over.items():
        if service is None:
            merged.pop(name, None)
        else:
            merged[name] = service.over(merged[name]) if name in merged else service
