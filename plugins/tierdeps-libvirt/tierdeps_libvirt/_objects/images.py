"""The header of a qcow2 image: the backing image, and the file with its data. Nothing else is read.

The format: QEMU 7.2, docs/interop/qcow2.txt.
"""

from __future__ import annotations

import os
import posixpath
import struct
from typing import TYPE_CHECKING

from tierdeps import Value

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = struct.Struct(">4sIQI")
_MAGIC = b"QFI\xfb"
#: The length of a header of version 2; where version 3 has its length; the longest name of an image.
_SHORT, _LENGTH_AT, _LONGEST = 72, 100, 1023
_DATA_FILE = 0x44415441
#: A longer chain is a cycle.
DEEPEST = 200
_READ = 1 << 16


class Image(Value):
    """The files below an image, as its header names them; empty strings where there are none."""

    below: str = ""
    data: str = ""

    def beside(self, path: str) -> Image:
        """Return it with absolute paths, resolved against the image's; what is no file of the host is omitted."""
        return Image(_resolved(self.below, path), _resolved(self.data, path))


def header(file: Path) -> Image:
    """Read the header of an image; empty for another format. Raises OSError."""
    # opening a pipe without a writer would block
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        head = os.pread(descriptor, _READ, 0)
        if len(head) < _SHORT or not head.startswith(_MAGIC):
            return Image()
        _, version, offset, size = _HEAD.unpack_from(head)
        below = os.pread(descriptor, size, offset) if offset and size <= _LONGEST else b""
        return Image(os.fsdecode(below), os.fsdecode(_extension(head, version)))
    finally:
        os.close(descriptor)


def _extension(head: bytes, version: int) -> bytes:
    """Return the name of the file with the data."""
    place = _SHORT if version < 3 else int.from_bytes(head[_LENGTH_AT : _LENGTH_AT + 4], "big")  # noqa: PLR2004
    while place + 8 <= len(head):
        kind, length = struct.unpack_from(">II", head, place)
        if kind == 0:
            break
        if kind == _DATA_FILE:
            return head[place + 8 : place + 8 + length]
        place += 8 + (length + 7) // 8 * 8
    return b""


def _resolved(name: str, path: str) -> str:
    name = name.removeprefix("file:")
    if not name or ":" in name.partition("/")[0]:  # json:{…}, nbd://…
        return ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
