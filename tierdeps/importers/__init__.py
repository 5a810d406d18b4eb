"""Importers turn what is given as a GRAPH into declarations; one file each."""

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


#: So many bytes tell what kind of file something is.
HEAD = 1 << 16


class Source(Value, dict=True):
    """A GRAPH as the user gave it: ``name`` for messages and origins, and what is there.

    ``content`` is bytes, or opens a file from its beginning as often as it is called; None for a folder. ``path`` is
    None for the standard input. An address (``qemu:///system``) has neither: who recognises it asks there.
    """

    name: str
    path: Path | None = None
    content: bytes | Callable[[], BinaryIO] | None = None

    def open(self) -> BinaryIO:
        """Open what is there, to be read piece by piece; nothing, for a folder."""
        return self.content() if callable(self.content) else BytesIO(self.content or b"")

    @property
    def head(self) -> bytes:
        """What it begins with."""
        with self.open() as file:
            return file.read(HEAD)

    @cached_property
    def data(self) -> bytes | None:
        """All that is there, read when it is asked for; None for a folder."""
        if not callable(self.content):
            return self.content
        with self.open() as file:
            return file.read()


class Importer(Value):
    """One kind of GRAPH.

    ``recognises`` must be cheap and must not raise; ``read`` raises InputError, which names file, place and what was
    expected, and runs no code that the source names.
    """

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Declarations]
