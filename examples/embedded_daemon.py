"""A daemon that starts its drivers with tierdeps, and has its own event loop, signal handlers and output."""

# ruff: noqa: ARG002, INP001, T201  an example, and no package
import asyncio
import signal

from tierdeps import Context, DependencyGraph, Driver, Executor, Lifecycle, requires


class Storage(Lifecycle):
    """Something that takes a moment to start."""

    async def start(self, context: Context) -> None:
        """Start."""
        await asyncio.sleep(0.1)


async def main() -> None:
    """Serve until SIGTERM."""
    drivers = [Driver("storage", lifecycle=Storage), Driver("web", dependencies=(requires("storage"),))]
    terminated = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
    executor = Executor(DependencyGraph(drivers).collapse())
    report = await executor.start()
    print("serving" if report.ok else f"cannot serve: {report.root_causes[0].reason}", flush=True)
    await terminated.wait()
    await executor.stop()
    print("stopped", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
