"""Shrinks an input while it shows the same fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: The maximal number of smaller inputs that are tried.
ATTEMPTS = 2000


def shrunk(data: bytes, shows: Callable[[bytes], bool], attempts: int = ATTEMPTS) -> bytes:
    """Return a smaller input that shows the same: parts are omitted, half of it at first, at last single bytes."""
    size = len(data) // 2
    while size and attempts:
        at, smaller = 0, False
        while at < len(data) and attempts:
            attempts -= 1
            other = data[:at] + data[at + size :]
            if shows(other):
                data, smaller = other, True
            else:
                at += size
        size = min(size if smaller else size // 2, len(data))
    return data
