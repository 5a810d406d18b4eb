"""Paths of this host that belong to a pool: what lies there depends on it, which libvirt does not track."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from tierdeps import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._markup import Element

#: Pools whose start brings what lies in their target there; without it there is an empty folder.
_MOUNTED = frozenset({"fs", "netfs", "vstorage"})
#: Pools whose target is there without them, or whose devices the host brings up by itself.
_STANDING = frozenset({"dir", "logical", "zfs"})
#: Everything lies in them.
_TOO_WIDE = frozenset({"/", "/dev", "/dev/disk", "/dev/mapper", "/mnt", "/srv", "/home"})


class Claim(Value):
    """The paths below ``path``, or with ``within`` those of them that name it, are ``pool``'s.

    ``hard`` is true if they are there only while it is active.
    """

    pool: str
    path: str
    hard: bool
    within: str = ""

    def covers(self, path: str) -> bool:
        """Return whether a path, without detours in it, is among them; the target itself is not."""
        if not path.startswith(f"{self.path}/"):
            return False
        names = path.removeprefix(f"{self.path}/")
        return not self.within or re.search(rf"-{re.escape(self.within)}(-|$)", names) is not None


def claims_of(name: str, pool: Element) -> Iterator[Claim]:
    """Yield what a pool claims."""
    kind, target = pool.get("type"), posixpath.normpath(pool.said("target/path") or "/")
    if kind == "iscsi":  # all such pools share one target; the names of the devices there tell them apart
        device = pool.first("source/device")
        if device is not None and device.get("path"):
            yield Claim(name, target, hard=True, within=device.get("path"))
    elif target not in _TOO_WIDE and target.startswith("/") and kind in _MOUNTED | _STANDING:
        yield Claim(name, target, hard=kind in _MOUNTED)
