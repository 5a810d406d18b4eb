"""Importers turn what is given as a GRAPH into declarations; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tierdeps.model import Declarations


class Source(Value):
    """A GRAPH as the user gave it: ``name`` for messages and origins, and what is there.

    ``data`` is a file's or the standard input's bytes, None for a folder; ``path`` is None for the standard input. An
    address (``qemu:///system``) has neither: the importer that recognises it asks there.
    """

    name: str
    path: Path | None = None
    data: bytes | None = None


class Importer(Value):
    """One kind of GRAPH.

    ``recognises`` must be cheap and must not raise; ``read`` raises InputError, which names file, place and what was
    expected, and runs no code that the source names.
    """

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Declarations]
