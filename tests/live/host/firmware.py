"""What a guest runs (guest.s), assembled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live.host.world import World

SOURCE = Path(__file__).with_name("guest.s")
LAYOUT = ("-m", "elf_i386", "--oformat", "binary", "-Ttext", "0", "-e", "0")


def assemble(world: World) -> Path:
    """Return the file, in the scratch folder of the world."""
    firmware = world.scratch / "guest.rom"
    if not firmware.exists():
        half = str(firmware.with_suffix(".o"))
        world.run("as", "--32", "-o", half, str(SOURCE))
        world.run("ld", *LAYOUT, "-o", str(firmware), half)
    return firmware
