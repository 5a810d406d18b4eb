"""The inputs of commands: files, folders and the standard input."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.cli._reading import AS_RECOGNISED, Reading
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from tierdeps.importers import Importer, Source
    from tierdeps.model import Declarations
    from tierdeps.settings import Settings

HERE = Path()
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[a-z][a-z0-9+.-]+:$")
#: The limit for what may have no end: a pipe, a device, the standard input.
MAX_STREAM_BYTES = 1 << 28


def read_bytes(name: str) -> bytes:
    """Read a file, or the standard input for ``-``."""
    try:
        if name == "-":
            return _bounded(name, sys.stdin.buffer)
        if os.path.isfile(name):  # noqa: PTH113  False for an impossible name, where Path raises
            return Path(name).read_bytes()
        with Path(name).open("rb") as stream:
            return _bounded(name, stream)
    except OSError as error:
        raise _unreadable(name, error) from None
    except ValueError as error:
        raise InputError(repr(name), f"not the name of a file: {error}") from None


def _bounded(name: str, stream: BinaryIO) -> bytes:
    """Read a stream to its end. Raises InputError if it is too long."""
    data = stream.read(MAX_STREAM_BYTES + 1)
    if len(data) > MAX_STREAM_BYTES:
        expected = f"expected at most {MAX_STREAM_BYTES >> 20} MiB from a pipe, a device or standard input"
        raise InputError(name, f"{expected}, got more; a regular file may be larger")
    return data


def _content(name: str) -> bytes | Callable[[], BinaryIO]:
    """Return a function that opens a file, or all bytes of a pipe, which can be read only once."""
    return read_bytes(name) if name == "-" or not os.path.isfile(name) else lambda: _opened(name)  # noqa: PTH113  as above


def _opened(name: str) -> BinaryIO:
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise _unreadable(name, error) from None


def _unreadable(name: str, error: OSError) -> InputError:
    return InputError(name, (error.strerror or str(error)).lower())


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # an impossible name: reading it reports that
        return False


def is_address(name: str) -> bool:
    """Return whether a name is ``scheme://...`` or ``scheme:``, and no file has it."""
    return _ADDRESS.match(name) is not None and not os.path.lexists(name)


def read_settings(config: str | None, folder: Path = HERE) -> Settings:
    """Read the settings from the named file, or else from the first file that has some, in a folder or above it."""
    from tierdeps.cli._settings_files import candidates
    from tierdeps.settings import Settings
    from tierdeps.settings.file import parse

    for name in (config,) if config else candidates(folder):
        settings = parse(name, read_bytes(name), required=bool(config))
        if settings is not None:
            return settings
    return Settings()


def _read(importer: Importer, source: Source) -> Declarations:
    try:
        return importer.read(source)
    except OSError as error:
        raise _unreadable(str(error.filename or source.name), error) from None


def read_graph(
    name: str, importers: Sequence[Importer], text: str | None = None, reading: Reading = AS_RECOGNISED
) -> Declarations:
    """Read one GRAPH with the importer chosen for it; ``text`` is its content if that is not yet written."""
    if not name:
        raise InputError("''", "expected the name of a graph file, got an empty one")
    from tierdeps.importers import Source

    kind, source = "file", Source(name)
    if name != "-" and _is_folder(Path(name)):
        kind, source = "folder", Source(name, Path(name))
    elif is_address(name):
        kind = "address"
    else:
        content = _content(name) if text is None else text.encode()
        source = Source(name, None if name == "-" else Path(name), content)
    source = replace(source, root=reading.root_path)
    return _read(reading.choose(source, kind, importers), source)
