"""Services that extend others, of the same file or of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import replace, suggestion
from tierdeps_boot._files import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tierdeps_boot.compose.files import Files
    from tierdeps_boot.compose.model import Extends, Service

_Key = tuple["Path", str]


class Extender:
    """Follows ``extends`` from the services of one file, without recursion; each service is extended once."""

    def __init__(
        self,
        files: Files,
        file: Path,
        services: Mapping[str, Service | None],
        before: Mapping[str, Service],
        variables: Mapping[str, str],
    ) -> None:
        self._files = files
        self._file = file
        self._variables = variables
        self._services: dict[Path, Mapping[str, Service | None]] = {file: {**before, **services}}
        self._extended: dict[_Key, Service | None] = {}

    def extended(self, name: str, folder: Path) -> Service | None:
        """Return a service with the values of all that it extends."""
        chain: list[tuple[_Key, Service]] = []
        key: _Key | None = (self._file, name)
        while key is not None and key not in self._extended:
            service = self._services[key[0]].get(key[1])
            if service is None:
                self._extended[key] = None
                break
            self._extended[key] = service  # until it is known what it extends; a circle ends here
            chain.append((key, service))
            key = service.extends and self._base(service.extends, key, folder if len(chain) == 1 else key[0].parent)
            if key in [seen for seen, _ in chain]:
                names = " -> ".join(repr(seen[1]) for seen, _ in chain)
                self._files.error(chain[0][1].place, f"services extend each other: {names} -> {key[1]!r}")
                key = None
        base = self._extended.get(key) if key is not None else None
        for link, service in reversed(chain):
            base = replace(service.over(base), place=service.place) if base is not None else service
            self._extended[link] = base
        return base

    def _base(self, extends: Extends, key: _Key, folder: Path) -> _Key | None:
        """Return the key of the service that is extended; None, with a problem, if there is none."""
        file: Path | None = key[0]
        if extends.file is not None:
            file = self._files.located(extends.file, folder, extends.place)
            if file is None or (file not in self._services and not self._open(file, extends)):
                return None
        services = self._services[file] if file else {}
        if file is None or extends.service not in services:
            hint = suggestion(extends.service, services)
            where = shown(file) if file else ""
            self._files.error(extends.place, f"{key[1]!r} extends {extends.service!r}, which is not in {where}{hint}")
            return None
        return file, extends.service

    def _open(self, file: Path, extends: Extends) -> bool:
        services: dict[str, Service | None] = {}
        found = self._files.documents(file, self._variables, extends.place)
        for document in found:
            services |= document.services
        self._services[file] = services
        return bool(found)
