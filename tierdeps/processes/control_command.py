"""Run a command that stops a driver's process, or makes it reload."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tierdeps.processes.child import Child
from tierdeps.processes.errors import ProcessError, exit_text, output_tail
from tierdeps.processes.fd_poller import FdPoller
from tierdeps.processes.output import PipedOutput
from tierdeps.processes.spawn import spawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.processes.output import OnLines
    from tierdeps.processes.spawn import SpawnOptions

#: The variable with the id of the driver's process, in the environment of its commands; as systemd names it.
MAIN_PID = "MAINPID"


async def run_command(
    what: str, command: Sequence[str], options: SpawnOptions, on_lines: OnLines, seconds: float
) -> None:
    """Run a command to its end, without a shell. Raises ProcessError if it fails, or does not end in time.

    ``what`` is the key that declares it; its lines go where those of the driver go.
    """
    fd_poller = FdPoller()
    output = PipedOutput(on_lines, fd_poller)
    child: Child | None = None
    try:
        try:
            spawned = spawn(command, options, output.fd, errors=output.error_fd)
        except ProcessError as error:
            reason = str(error).replace("the process cannot be started", f"{what} cannot be run", 1)
            raise ProcessError(reason) from None
        finally:
            output.release_fd()
        child = Child.of(spawned, output, fd_poller)
        try:
            async with asyncio.timeout(seconds):
                code = await child.exited()
        except TimeoutError:
            raise ProcessError(f"{what} did not end within {seconds:.3g} s, and was killed") from None
        if code:
            raise ProcessError(f"{what} {exit_text(code)}{output_tail(output.tail())}")
    finally:
        if child is not None:
            child.kill()
        output.close()
