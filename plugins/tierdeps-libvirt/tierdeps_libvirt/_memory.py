"""A record of the guests that ran since this boot: one that is off was shut down, and is not started again."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tierdeps import Value
from tierdeps_libvirt import _settings
from tierdeps_libvirt._connection import leads_here
from tierdeps_libvirt._kinds import FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps import Context
    from tierdeps_libvirt._library import Guest, Startable

LEFT_OFF = "it ran since this boot and was shut down, so it stays off; to start it all the same: --all"
#: The id of the boot, and the folder of records, which is empty after a boot.
_BOOT = "proc/sys/kernel/random/boot_id"
_SYSTEM = "run/tierdeps-libvirt"


class Memory(Value):
    """The guests that ran, by UUID, in a file; without a ``file`` nothing is recorded."""

    file: Path | None = None
    boot: str = ""

    @classmethod
    def of(cls, uri: str, root: Path) -> Memory:
        """Return the record of this host; guests of another host are not recorded."""
        with suppress(OSError):
            boot = (root / _BOOT).read_text(encoding="ascii").strip()
            folder = _folder(root)
            if boot and folder is not None and leads_here(uri):
                return cls(folder / "guests.json", boot)
        return cls()

    def left_off(self, guests: Iterable[Startable], context: Context) -> list[Startable]:
        """Return the guests that were shut down since this boot, unless the settings request all."""
        if _settings.flag(context.settings, "all"):
            return []
        known = self._read()
        return [guest for guest in guests if known and guest.UUIDString() in known and _was_shut_down(guest)]

    def ran(self, guests: Sequence[Startable]) -> None:
        """Record that these guests run."""
        self._change(add=frozenset(guest.UUIDString() for guest in guests))

    def forget(self, guests: Sequence[Startable]) -> None:
        """Remove the guests that are shut down here: the next start starts them again."""
        self._change(drop=frozenset(guest.UUIDString() for guest in guests))

    def _read(self) -> frozenset[str]:
        """Return the UUIDs; none for a record of another boot, or an empty file."""
        if self.file is None:
            return frozenset()
        with suppress(OSError, ValueError, TypeError, KeyError):
            found = json.loads(self.file.read_text(encoding="utf-8"))
            if found["boot"] == self.boot:
                return frozenset(map(str, found["ran"]))
        return frozenset()

    def _change(self, add: frozenset[str] = frozenset(), drop: frozenset[str] = frozenset()) -> None:
        """Write the changed record; if that fails, it is as if nothing had been recorded."""
        if self.file is None or not (add or drop):
            return
        with suppress(OSError):
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self.file.with_suffix(".lock")):
                known = sorted((self._read() | add) - drop)
                fresh = self.file.with_suffix(".new")
                fresh.write_text(json.dumps({"boot": self.boot, "ran": known}), encoding="utf-8")
                fresh.replace(self.file)


def _folder(root: Path) -> Path | None:
    if os.geteuid() == 0:
        return root / _SYSTEM
    own = os.environ.get("XDG_RUNTIME_DIR")
    return Path(own, "tierdeps-libvirt") if own else None


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold a lock on a file: several processes and threads may write the record at the same time."""
    with file.open("wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _was_shut_down(guest: Startable) -> bool:
    """Return whether a guest was shut down on purpose, which is assumed if libvirt does not know the reason."""
    return not guest.isActive() and cast("Guest", guest).state()[1] not in FAILURES
