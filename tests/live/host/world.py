"""A private world of this machine: its own mounts, network and processes, and nothing that outlives it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from time import monotonic, sleep
from typing import IO, TYPE_CHECKING, Self

from tests.live.host.permission import SEARCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAKING = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash")
SCRIPT = Path(__file__).with_name("world.sh")
PATIENCE = 60.0


class WorldError(Exception):
    """The world could not be made, or something in it did not do what it must for a test to start."""


class World:
    """Namespaces with a first process that ends when its input does, so a killed test leaves nothing either."""

    def __init__(self, script: Path = SCRIPT, *arguments: str) -> None:
        """Take the script of the first process; its arguments are the scratch folder, and these."""
        self.scratch = Path()
        self._script = (str(script), arguments)
        self._first: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.scratch = Path(tempfile.mkdtemp(prefix="tierdeps-live-"))
        script, arguments = self._script
        self._first = subprocess.Popen(
            [*MAKING, script, str(self.scratch), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PATH": SEARCHED, "LC_ALL": "C"},
            start_new_session=True,  # a signal to the whole group must not end it before it has tidied up
        )
        assert self._first.stdout is not None
        said = []
        for line in self._first.stdout:
            if line == "ready\n":
                return self
            said.append(line)
        self.__exit__()
        raise WorldError(f"no private world can be made on this machine: {''.join(said).strip()}")

    def __exit__(self, *_: object) -> None:
        """End everything in it."""
        if self._first is not None:
            assert self._first.stdin is not None
            assert self._first.stdout is not None
            self._first.stdin.close()
            self._first.wait(PATIENCE)
            self._first.stdout.close()
            self._first = None
        shutil.rmtree(self.scratch, ignore_errors=True)

    def path(self, inside: str) -> Path:
        """Return where a path of the world is seen from outside."""
        return Path(f"/proc/{self.holder}/root{inside}")

    def run(
        self, *command: str, within: float = PATIENCE, check: bool = True, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it; one that takes longer than ``within`` seconds is ended, as is what it started."""
        done = subprocess.run(
            self._entered("timeout", "--kill-after=5", str(within), *command),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=self._environment(environment),
            check=False,
        )
        if check and done.returncode:
            raise WorldError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
        return done

    def start(
        self, *command: str, environment: Mapping[str, str] | None = None, output: IO[str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a command in it, and go on; its output goes to pipes, or all of it to a file."""
        return subprocess.Popen(
            self._entered(*command),
            stdout=output or subprocess.PIPE,
            stderr=output or subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=self._environment(environment),
        )

    def signal(self, name: str, pid: int) -> None:
        """Send a signal to a process of the world, by its number there."""
        self.run("kill", f"-{name}", str(pid), check=False)

    def lives(self, pid: int) -> bool:
        """Return whether the world has a process of this number."""
        return self.path(f"/proc/{pid}").exists()

    def make_device(self) -> str:
        """Make a block device with an empty file system, which goes when the world does."""
        file = str(self.scratch / "device.img")
        self.run("truncate", "--size", "64M", file)
        self.run("mkfs.ext4", "-q", file)
        return self.run("losetup", "--find", "--show", file).stdout.strip()

    @property
    def holder(self) -> int:
        """The process, outside of the world, whose namespaces are those of the world."""
        if self._first is None:
            raise WorldError("the world is not there")
        return self._first.pid

    def _entered(self, *command: str) -> list[str]:
        spaces = f"/proc/{self.holder}/ns"
        doors = (f"--mount={spaces}/mnt", f"--net={spaces}/net", f"--pid={spaces}/pid_for_children")
        return ["nsenter", *doors, "env", f"--chdir={self.scratch}", *command]

    def _environment(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        return {**ours, "PATH": SEARCHED, "HOME": str(self.scratch), "LC_ALL": "C", **(extra or {})}


def until(true: Callable[[], object], what: str, within: float = PATIENCE) -> None:
    """Wait until something holds; raise with what it was, if it does not in time."""
    deadline = monotonic() + within
    while not true():
        if monotonic() > deadline:
            raise WorldError(f"{what}: not in {within:.0f} s")
        sleep(0.02)
