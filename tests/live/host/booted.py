"""A machine with systemd as its first process, and the libvirt of Debian 13 as it is shipped; made only on request."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.live.host.built import on_request
from tests.live.host.tierdeps import ROOT
from tests.live.host.world import World, until

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "TIERDEPS_LIVE_TRIXIE"
ON_REQUEST = on_request(VARIABLE)
MAKE, BOOT = (Path(__file__).with_name(name) for name in ("trixie.sh", "booted.sh"))
#: How long a boot may take on a busy machine, in seconds.
BOOT_S = 240.0
#: What its guests run (guest.s).
FIRMWARE = Path("/opt/guest.rom")


def system() -> Path | None:
    """Make the system, if it is not made, and return its folder; or None where it was not requested."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return None
    command = ["/bin/bash", str(MAKE), str(Path(folder).resolve()), sys.executable]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return Path(folder).resolve() / "root"


class Booted(World):
    """A copy of a system, in memory; what is changed in it stays for its next boot, and ends with it."""

    def __init__(self, folder: Path, *, bare: bool = False) -> None:
        """Take the system; ``bare`` boots it without the services that were added to it."""
        super().__init__(BOOT, str(folder), str(ROOT), "bare" if bare else "")

    def await_boot(self) -> None:
        """Wait until the boot is over, and with it all that systemd starts."""
        until(self._is_up, "systemd has started everything", within=BOOT_S)

    def reboot(self) -> None:
        """Reboot, and wait until it is up again."""
        before = self._init
        self.run("systemctl", "reboot", "--no-block")
        until(lambda: self._init not in (0, before), "it boots again", within=BOOT_S)
        self.await_boot()

    def path(self, inside: str) -> Path:
        """Return where a path of the machine is seen from outside."""
        return Path(f"/proc/{self._init}/root{inside}")

    @property
    def console(self) -> str:
        """What was printed while it booted."""
        return super().path(f"{self.scratch}/console").read_text(errors="replace")

    def virsh(self, *arguments: str) -> str:
        """Run a command of virsh, and return what it prints."""
        return self.run("virsh", "--quiet", "--connect", "qemu:///system", *arguments).stdout

    def _is_up(self) -> bool:
        asked = ("systemctl", "is-active", "multi-user.target")
        return bool(self._init) and self.run(*asked, check=False).stdout.strip() == "active"

    @property
    def _init(self) -> int:
        """The number of its first process; 0 while there is none."""
        return next((pid for pid in _below(self.holder) if _name(pid) == "systemd"), 0)

    def _entered(self, *command: str) -> list[str]:
        spaces = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd")
        return ["nsenter", f"--target={self._init}", *spaces, *command]


def _below(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started, and so on, parents first."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it is gone
        return
    for child in map(int, found):
        yield child
        yield from _below(child)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
