"""The start of libvirt's daemons: each is a process in a session of its own, which outlives this one."""

from __future__ import annotations

from subprocess import DEVNULL, Popen
from threading import Thread
from typing import IO, TYPE_CHECKING

from tierdeps import RunError, Value

if TYPE_CHECKING:
    from collections.abc import Sequence


class Daemon(Value):
    """A process that was started here."""

    command: tuple[str, ...]
    process: Popen[bytes]

    @property
    def failure(self) -> str:
        """How it exited, if with an error; a daemon that forks to the background exits with 0."""
        status = self.process.poll()
        if not status:
            return ""
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        return f"{' '.join(self.command)} {how}"


def spawn(commands: Sequence[tuple[str, ...]], log: str) -> list[Daemon]:
    """Start processes; their output goes to the file ``log``, or nowhere. Raises RunError if one cannot be started."""
    try:
        with open(log or "/dev/null", "ab") as output:  # noqa: PTH123 - /dev/null is no file to be opened by a path
            return [_spawn(command, output) for command in commands]
    except OSError as error:
        raise RunError(f"{error.filename}: {(error.strerror or str(error)).lower()}") from error


def _spawn(command: tuple[str, ...], output: IO[bytes]) -> Daemon:
    process = Popen(  # noqa: S603 - the user's own settings name it
        command, stdin=DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True
    )
    # it may end long after the last check
    Thread(target=process.wait, name=f"tierdeps waits for {command[0]}", daemon=True).start()
    return Daemon(command, process)
