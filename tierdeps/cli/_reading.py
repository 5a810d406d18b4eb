"""How GRAPHs are read: which importer reads them, and below which root."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.frozen import Value
from tierdeps.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tierdeps.importers import Importer, Source

    Command = Callable[..., Any]


class Reading(Value):
    """The importer that reads every GRAPH (none: the first one that recognises it), and the root of its files."""

    importer: str | None = None
    root: str | None = None

    def choose(self, source: Source, kind: str, importers: Sequence[Importer]) -> Importer:
        """Return the importer of a source, which is a ``kind`` of thing. Raises InputError or UnknownNameError."""
        if self.importer is not None:
            found = next((importer for importer in importers if importer.name == self.importer), None)
            if found is None:
                raise UnknownNameError("importer", self.importer, (importer.name for importer in importers))
            return found
        for importer in importers:
            if importer.recognises(source):
                return importer
        known = ", ".join(importer.name for importer in importers)
        raise InputError(source.name, f"no importer reads this kind of {kind}; available: {known}")

    def refuse_without_graph(self) -> None:
        """Raise InputError if an option says how a GRAPH is read, and there is none."""
        for option, value in (("--from", self.importer), ("--root", self.root)):
            if value is not None:
                raise InputError("", f"{option} {value} says how a GRAPH is read; name one")

    @property
    def root_path(self) -> Path | None:
        """The root as a path. Raises InputError if it is no folder."""
        if self.root is None:
            return None
        path = Path(self.root)
        try:
            found = path.is_dir()
        except (OSError, ValueError):
            found = False
        if not found:
            raise InputError(self.root, "expected the folder that stands for /, for --root")
        return path


#: How GRAPHs are read where nothing is said.
AS_RECOGNISED = Reading()


def reading_options(function: Command) -> Command:
    """Add ``--from`` and ``--root``, which ``session_options`` consumes."""
    root = click.option(
        "--root",
        metavar="DIR",
        help="Folder that stands for / where a GRAPH names files of a host, such as an unpacked image.",
    )
    importer = click.option(
        "--from",
        "importer",
        metavar="NAME",
        help="Importer that reads every GRAPH, instead of the first one that recognises it.",
    )
    return importer(root(function))
