"""A guest with an agent: Debian's kernel and qemu-ga, which are up in some seconds without the help of hardware."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live.host.world import World

SCRIPT = Path(__file__).with_name("agent.sh")
CHANNEL = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"


class AgentError(Exception):
    """The packages that the guest is made of cannot be downloaded."""


def system(world: World) -> str:
    """Make what the guest boots, in the scratch folder of a world, which has no network; return the element <os>."""
    folder = world.scratch / "agent"
    if not (folder / "initrd").exists():
        done = subprocess.run(["/bin/bash", str(SCRIPT), str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AgentError(done.stderr.strip())
    boot = f"<kernel>{folder}/kernel</kernel><initrd>{folder}/initrd</initrd><cmdline>console=ttyS0 quiet</cmdline>"
    return f"<os><type arch='x86_64' machine='pc'>hvm</type>{boot}</os>"


def guest(name: str, system: str, console: Path) -> str:
    """Describe a guest that boots it; what it prints goes to a file."""
    serial = f"<serial type='file'><source path='{console}'/></serial>"
    return (
        f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>128</memory>{system}<features><acpi/></features>"
        f"<devices>{CHANNEL}{serial}</devices></domain>"
    )
