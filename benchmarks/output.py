"""What the output of processes costs: ``python -m benchmarks.output [MEGABYTES]``.

Each way reads the same output of the same program: an asyncio pipe that is read and dropped, as a program would do that
runs ``cat``; the pipes of a driver; these with the log of the run; and with the prefix of what is printed too. Figures
are seconds of processor time of this process for 100 MB, and the longest time that one callback holds the event loop.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.line_splitter import printable_text
from tierdeps.driver_logs.folders import run_folder
from tierdeps.driver_logs.writer import LogWriter
from tierdeps.processes.fd_poller import FdPoller
from tierdeps.processes.output import PipedOutput, ignore_output
from tierdeps.processes.spawn import SpawnOptions, spawn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tierdeps.processes.output import OnLines

MB = 1_000_000
LOG_BYTES = 16 << 20


class Cost(NamedTuple):
    """Seconds of the processor for 100 MB, and the longest callback in milliseconds."""

    seconds: float
    longest_ms: float


def command(line: str, megabytes: int) -> tuple[str, ...]:
    """Return the program that writes so much."""
    return ("sh", "-c", f"yes '{line}' | head -c {megabytes * MB}")


async def through_asyncio(words: Sequence[str]) -> float:
    """Read and drop it through a pipe of asyncio; return the longest callback, which is not measured."""
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    while await process.stdout.read(65536):
        pass
    await process.wait()
    return 0.0


class Timed(PipedOutput):
    """Measures its callbacks."""

    longest = 0.0

    def _on_readable(self, pipe: object) -> bool:
        began = time.thread_time()
        found = super()._on_readable(pipe)  # type: ignore[arg-type]
        self.longest = max(self.longest, time.thread_time() - began)
        return found


async def through_driver(words: Sequence[str], on_lines: OnLines) -> float:
    """Read it as the output of a driver."""
    output = Timed(on_lines, FdPoller())
    spawned = spawn(words, SpawnOptions(os.environ), output.fd, errors=output.error_fd)
    output.release_fd()
    while output.readers:  # noqa: ASYNC110  nothing is called at the end of a pipe
        await asyncio.sleep(0.001)
    spawned.reap()
    return output.longest


def measured(run: Callable[[], Awaitable[float]], megabytes: int) -> Cost:
    """Return what a way costs."""

    async def main() -> float:
        return await run()

    before = time.process_time()
    longest = asyncio.run(main())
    return Cost((time.process_time() - before) * 100 / megabytes, longest * 1000)


def compare(line: str, megabytes: int, folder: str) -> None:
    """Print what each way costs for lines like this one."""
    words = command(line, megabytes)
    os.environ["XDG_STATE_HOME"] = folder
    writer = LogWriter(run_folder(line, time.time(), os.getpid()), LOG_BYTES)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123

        def keep(stream: str, lines: Sequence[bytes]) -> None:
            writer.put("web", stream, lines)

        def keep_and_print(stream: str, lines: Sequence[bytes]) -> None:
            keep(stream, lines)
            nowhere.write("web | " + printable_text(lines).replace("\n", "\nweb | ") + "\n")

        ways: dict[str, Callable[[], Awaitable[float]]] = {
            "asyncio, dropped": lambda: through_asyncio(words),
            "driver, dropped": lambda: through_driver(words, ignore_output),
            "driver, kept": lambda: through_driver(words, keep),
            "driver, kept and printed": lambda: through_driver(words, keep_and_print),
        }
        print(f"{len(line) + 1} bytes a line, {megabytes} MB")
        base = 0.0
        for name, run in ways.items():
            cost = measured(run, megabytes)
            base = base or cost.seconds
            held = f", longest callback {cost.longest_ms:.1f} ms" if cost.longest_ms else ""
            print(f"  {name:25} {cost.seconds:6.2f} s for 100 MB, {cost.seconds / base:5.1f} times{held}")
    writer.close(5)


def main() -> None:
    """Compare lines of several lengths."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        for line in ("x" * 99, "x" * 9, ""):
            compare(line, megabytes, folder)


if __name__ == "__main__":
    main()
