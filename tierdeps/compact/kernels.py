"""Which code walks the arrows: numpy's where it is there and there is enough to do for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.compact import plain

if TYPE_CHECKING:
    from types import ModuleType

#: Below so many arrows importing numpy costs more than it saves.
WORTH_NUMPY = 1 << 20


def kernels(arrows: int) -> ModuleType:
    """Return the module with ``numbered``, ``repeating``, ``transpose``, ``reordered`` and ``levels``.

    Both give the same arrays.
    """
    if arrows < WORTH_NUMPY:
        return plain
    try:
        from tierdeps.compact import wide
    except ImportError:  # numpy comes with the extra [scale]
        return plain
    return wide
