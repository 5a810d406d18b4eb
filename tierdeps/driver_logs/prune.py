"""Remove the logs of old runs: by their number for each instance, and by their age."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import PrivateFolder, state_dir
from tierdeps.driver_logs.folders import RUNS, digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

DAY_S = 86400.0


def prune(instance: str, runs: int, days: int, alive: Collection[str]) -> None:
    """Keep the logs of the last ``runs`` of an instance, and remove all that are older than ``days``, of any instance.

    ``alive`` are the folders of runs that go on, which are kept. What cannot be removed stays.
    """
    oldest = time.time() - days * DAY_S
    with suppress(OSError), PrivateFolder.open(state_dir(), RUNS, make=False) as folder:
        for name in _names(folder):
            with suppress(OSError), PrivateFolder.open(folder.path, name, make=False) as inner:
                _prune_instance(inner, runs if name == digest(instance) else None, oldest, alive)
            with suppress(OSError):  # it is not empty
                os.rmdir(folder.path / name)  # noqa: PTH106


def is_pruned(name: str, runs: int, days: int, ended_at: float) -> bool:
    """Return whether the logs in a folder of this name, if there were any, are removed by now.

    ``runs`` and ``days`` are as of ``prune``; ``ended_at`` is when the last line can have been written.
    """
    instance, run = name.split("/")
    try:
        with PrivateFolder.open(state_dir(), RUNS, instance, make=False) as folder:
            names = set(_names(folder))
    except OSError:
        names = set()
    return run not in names and (sum(later > run for later in names) >= runs or ended_at < time.time() - days * DAY_S)


def _prune_instance(folder: PrivateFolder, runs: int | None, oldest: float, alive: Collection[str]) -> None:
    names = sorted(_names(folder))
    for later, name in enumerate(reversed(names)):
        if f"{folder.path.name}/{name}" in alive:
            continue
        with suppress(OSError), PrivateFolder.open(folder.path, name, make=False) as inner:
            if (runs is not None and later >= runs) or _last_change(inner) < oldest:
                _empty(inner)
        with suppress(OSError):  # it is not empty
            os.rmdir(folder.path / name)  # noqa: PTH106


def _names(folder: PrivateFolder) -> Iterator[str]:
    with os.scandir(folder.path) as entries:
        yield from [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]


def _last_change(folder: PrivateFolder) -> float:
    with os.scandir(folder.path) as entries:
        changes = [
            entry.stat(follow_symlinks=False).st_mtime for entry in entries if entry.is_file(follow_symlinks=False)
        ]
    return max(changes, default=os.stat(folder.path).st_mtime)  # noqa: PTH116


def _empty(folder: PrivateFolder) -> None:
    for name in os.listdir(folder.path):  # noqa: PTH208
        with suppress(OSError):
            folder.remove(name)
