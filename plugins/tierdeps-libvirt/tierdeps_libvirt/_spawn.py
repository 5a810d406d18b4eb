"""Commands that bring up libvirt's daemons: each a process in a session of its own, which outlives this one."""

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
        """How it ended, if it did so with an error; a daemon that goes to the background ends with none."""
        status = self.process.poll()
        if not status:
            return ""
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        return f"{' '.join(self.command)} {how}"


def spawn(commands: Sequence[tuple[str, ...]], log: str) -> list[Daemon]:
    """Start processes; what they say goes to the file ``log``, or nowhere. Raises RunError for one that cannot be."""
    try:
        with open(log or "/dev/null", "ab") as output:  # noqa: PTH123 - /dev/null is no file to be opened by a path
            return [_spawn(command, output) for command in commands]
    except OSError as error:
        raise RunError(f"{error.filename}: {(error.strerror or str(error)).lower()}") from error


def _spawn(command: tuple[str, ...], output: IO[bytes]) -> Daemon:
    process = Popen(  # noqa: S603 - the user's own settings name it
        command, stdin=DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True
    )
    # it may end long after anybody asks for it
    Thread(target=process.wait, name=f"tierdeps waits for {command[0]}", daemon=True).start()
    return Daemon(command, process)
