"""The processes of guests that run in a world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.host.world import World

STATUS = "/run/libvirt/qemu"


@dataclass(frozen=True, slots=True)
class Process:
    """A process that no other is taken for: its number, and the tick at which it started."""

    pid: int
    began: int


def guests_of(world: World) -> dict[str, Process]:
    """Return the names of the running guests, each with its process."""
    files = [file for file in world.path(STATUS).glob("*.pid") if file.stem != "driver"]
    found = {file.stem: _process(world, file) for file in files}
    return {name: process for name, process in found.items() if process is not None}


def _process(world: World, file: Path) -> Process | None:
    try:
        pid = int(file.read_text())
        fields = world.path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):  # it ended, or has not quite started
        return None
    return Process(pid, int(fields[19]))
