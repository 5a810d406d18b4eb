"""The paths of this host that belong to pools: what is below depends on the pool, which libvirt does not track.

XML: libvirt 9.0.0, storagepool.rng. What each backend does with its target: src/storage/storage_backend_*.c.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from tierdeps import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tierdeps_libvirt._markup import Element

#: Types of pools that mount their target when they start; before, it is an empty folder.
MOUNTED = frozenset({"fs", "netfs", "vstorage"})
#: Types of pools whose target exists without them, or whose devices the host provides by itself.
_STANDING = frozenset({"dir", "logical", "zfs"})
#: Types of pools whose volumes are files in their target.
HOLDING = MOUNTED | _STANDING
#: Folders with devices of many owners.
_TOO_WIDE = frozenset({"/", "/dev", "/dev/disk", "/dev/disk/by-id", "/dev/disk/by-path", "/dev/mapper", "/dev/zvol"})
_MAPPER = "/dev/mapper"
#: Names of devices that udev makes: of the target of an iSCSI session, and of a partition.
_ISCSI = re.compile(r"-iscsi-(?P<target>.+)-lun-\w+(-part\d+)?")
_PARTITION = re.compile(r"(?P<disk>.+?)(-part|(?<=\d)p|(?<=[a-z]))\d+")


class Claim(Value):
    """What lies below ``path``, or some of its devices, is ``pool``'s.

    ``hard`` is true if it is there only while the pool is active.
    """

    pool: str
    path: str
    hard: bool

    def words(self, path: str) -> str:
        """Return a phrase that says how a path belongs to the pool."""
        equal = posixpath.normpath(path) == self.path
        return f"which is that pool's target {self.path}" if equal else f"which lies in that pool's target {self.path}"


class Claims:
    """The claims of all pools, indexed by path."""

    def __init__(self, pools: Iterable[tuple[str, Element]]) -> None:
        self._folders: dict[str, list[Claim]] = {}
        self._devices: dict[str, list[Claim]] = {}
        for name, pool in pools:
            kind = pool.get("type")
            target = posixpath.normpath(pool.said("target/path") or "/")
            hard = kind in MOUNTED
            if kind in HOLDING and target.startswith("/") and target not in ({"/"} if hard else _TOO_WIDE):
                self._folders.setdefault(target, []).append(Claim(name, target, hard))
            for device in _devices_of(kind, target, pool):
                place = _MAPPER if device.startswith("vg:") else target
                self._devices.setdefault(device, []).append(Claim(name, place, kind == "iscsi"))
        for level in (*self._folders.values(), *self._devices.values()):
            level.sort(key=lambda claim: claim.pool, reverse=True)

    def owners(
        self, path: str, *, apart_from: str = "", equal: Callable[[Claim], bool] = lambda _: True
    ) -> Iterator[Claim]:
        """Yield the innermost claim on a path, and if it is not hard, the innermost hard one too.

        A path that is a target itself lies in those of its pools that ``equal`` accepts.
        """
        place = posixpath.normpath(path)
        levels = [self._devices.get(device, []) for device in _devices_at(place)]
        levels.append(list(filter(equal, self._folders.get(place, ()))))
        levels += (self._folders.get(folder, []) for folder in _parents(place))
        soft = False
        for level in levels:
            others = [_first(level, apart_from, hard=hard) for hard in (False, True)]
            if others[0] is not None and not soft:
                soft = True
                yield others[0]
            if others[1] is not None:
                yield others[1]
                return


def _first(level: Iterable[Claim], apart_from: str, *, hard: bool) -> Claim | None:
    return next((claim for claim in level if claim.hard is hard and claim.pool != apart_from), None)


def _parents(place: str) -> Iterator[str]:
    while place not in ("/", ""):
        place = posixpath.dirname(place)
        yield place


def _devices_of(kind: str, target: str, pool: Element) -> Iterator[str]:
    """Yield the index keys of a pool's devices."""
    if kind == "logical":
        yield f"vg:{pool.said('source/name') or posixpath.basename(target)}"
    elif kind in ("iscsi", "disk"):
        for device in pool.all("source/device"):
            if device.get("path"):
                yield f"{kind}:{target if kind == 'iscsi' else ''}:{device.get('path')}"


def _devices_at(place: str) -> Iterator[str]:
    """Yield the index keys under which the path of a pool's device is found."""
    folder, name = posixpath.split(place)
    if folder == _MAPPER and "-" in name:
        # the device mapper doubles the hyphens of either name
        group = re.split(r"(?<!-)-(?!-)", name, maxsplit=1)[0]
        yield f"vg:{group.replace('--', '-')}"
    session = _ISCSI.search(name)
    if session is not None:
        yield f"iscsi:{folder}:{session['target']}"
    partition = _PARTITION.fullmatch(place)
    if partition is not None and place.startswith("/dev/"):
        yield f"disk::{partition['disk']}"
