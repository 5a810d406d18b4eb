"""Importers read a GRAPH argument as declarations; each importer is one file of this package."""

from __future__ import annotations

from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from tierdeps.model import Declarations


#: The number of bytes from which the kind of a file is detected.
HEAD_BYTES = 1 << 16


class Source(Value, dict=True):
    """A GRAPH argument: its ``name`` for messages and origins, and its content.

    ``content`` is bytes, or a function that opens the file from its start at every call, or None for a folder. ``path``
    is None for the standard input. An address (``qemu:///system``, ``systemd:``) has neither: its importer connects to
    it. ``root`` is the folder that stands for ``/`` where an importer reads a host's files (``--root``).
    """

    name: str
    path: Path | None = None
    content: bytes | Callable[[], BinaryIO] | None = None
    root: Path | None = None

    def open(self) -> BinaryIO:
        """Open the content to read it piece by piece; a folder is empty."""
        return self.content() if callable(self.content) else BytesIO(self.content or b"")

    @property
    def head(self) -> bytes:
        """The first HEAD_BYTES bytes."""
        with self.open() as file:
            return file.read(HEAD_BYTES)

    @cached_property
    def data(self) -> bytes | None:
        """The whole content, read on first use; None for a folder."""
        if not callable(self.content):
            return self.content
        with self.open() as file:
            return file.read()


class Importer(Value):
    """One kind of GRAPH.

    ``recognises`` must be cheap and must not raise; ``read`` raises InputError, which names file, location and what was
    expected, and runs no code that the source names.
    """

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Declarations]
