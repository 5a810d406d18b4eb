"""Exporters write a plan as the files of another start-up system; plugins add them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, force_setattr
from tierdeps.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Plan


class ExportedFile(Value):
    """A file to write: its path below the folder of the export, with ``/``, and its text.

    Raises DeclarationError for a path that leads elsewhere.
    """

    path: str
    text: str
    executable: bool = False

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.path).parts
        if not parts or ".." in parts or self.path.startswith("/") or "\0" in self.path:
            raise DeclarationError("path of an exported file", "a path below the folder of the export", self.path)


class Loss(Value):
    """What the other system cannot express: one sentence, and the drivers of which it is true, or none for the plan."""

    message: str
    drivers: tuple[str, ...] = ()


class Export(Value):
    """A plan as files, and what of it they do not express."""

    files: tuple[ExportedFile, ...]
    losses: tuple[Loss, ...] = ()

    def __post_init__(self) -> None:
        force_setattr(self, "files", tuple(self.files))
        force_setattr(self, "losses", tuple(self.losses))


class Exporter(Value):
    """One NAME of ``export --to NAME``.

    ``export`` writes nothing itself, and raises InputError for a plan that the other system cannot hold at all.
    """

    name: str
    summary: str
    export: Callable[[Plan], Export]
