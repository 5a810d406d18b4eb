"""Unexpected exceptions while a process is watched: none is lost, and nothing is left running."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from errno import EMFILE
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes.conftest import Host, Trace, run, timeless, until
from tierdeps import Driver, Executor, Lifecycle
from tierdeps.errors import LostError
from tierdeps.model import Process, State
from tierdeps.processes import guard_client
from tierdeps.processes.child import Child
from tierdeps.processes.errors import ProcessError
from tierdeps.processes.fd_poller import FdPoller
from tierdeps.processes.guard_client import GuardClient
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.orphan_guard_state import Order
from tierdeps.processes.output import PipedOutput, ignore_output
from tierdeps.processes.probes import ExecProbe, HttpProbe
from tierdeps.processes.run import ProcessRun
from tierdeps.processes.spawn import SpawnOptions, spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tierdeps.lifecycle import Context
    from tierdeps.model import Report


class Stumbling(ProcessRun):
    """Begins a first process, and raises at the next ones."""

    def __init__(self, *errors: BaseException) -> None:
        super().__init__()
        self.errors: Iterator[BaseException | None] = iter((None, *errors))

    def spawn(self, driver: str, process: Process, where: SpawnOptions) -> Child:
        error = next(self.errors, None)
        if error is not None:
            raise error
        return super().spawn(driver, process, where)


def live(host: Host, *errors: BaseException, condition: Callable[[], object]) -> str:
    """Bring a process up that fails, and wait for something; return why its stop finds it lost, if it does."""
    script = "echo up; sleep 0.1; exit 3"
    process = Process(("sh", "-c", script), "log:up", restart="on-failure", restart_limit=5, restart_backoff=0)

    async def main() -> str:
        shared, lost = Stumbling(*errors), ""
        lifecycle = ProcessLifecycle(process, shared)
        await lifecycle.start(host.context())
        await until(condition)
        try:
            await lifecycle.stop(host.context("stop"))
        except LostError as error:
            lost = str(error)
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()
        return lost

    return asyncio.run(main())


def test_an_unexpected_exception_in_a_restart_fails_its_driver() -> None:
    host = Host()
    lost = live(host, ValueError("ours"), condition=lambda: host.failures)
    assert timeless(lost).endswith("; and ValueError prevented a restart")
    assert [str(error) for error in host.failures] == ["ours"]
    assert host.lost_ones == []


def test_a_restart_without_a_descriptor_left_is_one_that_failed_and_is_tried_again() -> None:
    host = Host()
    error = OSError(EMFILE, os.strerror(EMFILE))
    live(host, error, condition=lambda: None in host.restarted)
    assert host.failures == []
    reasons = " ".join(filter(None, host.restarted))
    assert (
        "the process cannot be started: Too many open files: raise the limit, with ulimit -n; restart 2 of 5" in reasons
    )


def test_a_driver_whose_restart_fails_unexpectedly_is_lost_and_dependents_are_notified() -> None:
    """A whole run, in which the engine's processes stumble."""
    script = "echo up; sleep 0.2; exit 3"
    process = Process(("sh", "-c", script), "log:up", restart="on-failure", restart_backoff=0)

    class Stumbles(ProcessLifecycle):
        def __init__(self) -> None:
            super().__init__(process, Stumbling(ValueError("ours")))

        async def cleanup(self, context: Context) -> None:
            await super().cleanup(context)
            self._run.close()

    async def then(executor: Executor) -> None:
        await until(lambda: executor.report()["a"].start_state is State.FAILED)

    report = run(
        Driver("a", lifecycle=Stumbles, phases=("start",)),
        Driver("b", process=Process(("sleep", "1000"), settle=0)),
        then=then,
        on_failure="isolate",
    )
    assert report["a"].state is State.FAILED
    assert report["a"].reason == "ValueError: ours"
    assert report["a"].traceback
    assert report["b"].state is State.READY


class Full(FdPoller):
    """Watches nothing more after some."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def add(self, descriptor: int, call: Any, broken: Any = None) -> None:
        if not self.left:
            raise OSError(EMFILE, os.strerror(EMFILE))
        self.left -= 1
        super().add(descriptor, call, broken)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def test_a_process_that_cannot_be_watched_is_not_left_running(trace: Trace) -> None:
    async def main() -> None:
        readers = Full(2)
        output = PipedOutput(ignore_output, readers)
        started = spawn(("sleep", "1000"), SpawnOptions(os.environ), output.fd)
        output.release_fd()
        with pytest.raises(ProcessError, match="Too many open files: raise the limit"):
            Child.of(started, output, readers)
        output.close()

    before = descriptors()
    asyncio.run(main())
    assert trace.nothing_is_left()
    assert descriptors() == before


@pytest.mark.parametrize("left", [0, 1])
def test_a_pipe_that_cannot_be_watched_is_closed(left: int) -> None:
    async def main() -> None:
        before = descriptors()
        with pytest.raises(OSError, match="Too many"):
            PipedOutput(ignore_output, Full(left))
        assert descriptors() == before

    asyncio.run(main())


def test_a_probe_that_cannot_be_run_leaves_no_descriptor_open() -> None:
    async def main() -> None:
        before = descriptors()
        with pytest.raises(ProcessError):
            await ExecProbe("/there/is/no/such/program", SpawnOptions(os.environ)).attempt()
        assert descriptors() == before

    asyncio.run(main())


def test_a_callback_that_raises_is_reported_once_and_others_still_run() -> None:
    errors: list[BaseException] = []
    called: list[str] = []

    async def main() -> None:
        readers = FdPoller()
        pipes = [os.pipe() for _ in range(2)]

        def bad() -> None:
            called.append("bad")
            raise ZeroDivisionError("ours")

        readers.add(pipes[0][0], bad, errors.append)
        readers.add(pipes[1][0], lambda: called.append("good"))
        for _, writer in pipes:
            os.write(writer, b"x")
        await until(lambda: called.count("good") > 1 and "bad" in called)
        readers.remove(pipes[1][0])
        for pipe in pipes:
            for descriptor in pipe:
                os.close(descriptor)

    asyncio.run(main())
    assert called.count("bad") == 1
    assert [str(error) for error in errors] == ["ours"]


def test_an_exception_of_a_callback_without_an_owner_goes_to_the_loop() -> None:
    told: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        readers, (reader, writer) = FdPoller(), os.pipe()
        readers.add(reader, lambda: 1 // 0)
        os.write(writer, b"x")
        await until(lambda: told)
        os.close(reader)
        os.close(writer)

    asyncio.run(main())
    assert isinstance(told[0]["exception"], ZeroDivisionError)


@pytest.mark.parametrize(
    "line", [b"HTTP/1.1 " + b"2" * 5000, b"HTTP/1.1 2_0 OK", b"HTTP/1.1 +20 OK", b"HTTP/1.1 0200", b"HTTP/1.1", b"\xff"]
)
def test_a_status_that_is_none_is_no_http(line: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(line + b"\r\n\r\n")
        await writer.drain()
        writer.close()

    async def main() -> str:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        wrong = await HttpProbe(f"http://127.0.0.1:{port}").attempt()
        server.close()
        return wrong

    assert asyncio.run(main()) == "the answer is not HTTP"


class Bad(logging.Handler):
    """Raises, as one that forgot about ``handleError``."""

    def emit(self, record: logging.LogRecord) -> None:
        raise ZeroDivisionError("a handler")


def logs(deed: Callable[[Context], object], *, plain: bool) -> Report:
    async def start(self: Lifecycle, context: Context) -> None:
        deed(context)

    def start_plainly(self: Lifecycle, context: Context) -> None:
        deed(context)

    kind = type("Logging", (Lifecycle,), {"start": start_plainly if plain else start})
    return run(Driver("a", lifecycle=kind))


@pytest.mark.parametrize("plain", [True, False])
def test_a_logging_call_with_wrong_arguments_fails_nobody(*, plain: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")  # its handler raises what is wrong with a record
    assert logs(lambda context: context.logger.info("%d", "x"), plain=plain).ok


@pytest.mark.parametrize("plain", [True, False])
def test_a_handler_that_raises_fails_nobody(*, plain: bool) -> None:
    logger, handler = logging.getLogger("tierdeps.driver.a"), Bad()
    logger.addHandler(handler)
    try:
        assert logs(lambda context: context.logger.warning("well"), plain=plain).ok
    finally:
        logger.removeHandler(handler)


def test_a_handler_that_raises_at_output_fails_nobody() -> None:
    logger, handler = logging.getLogger("tierdeps.output"), Bad()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel("INFO")
    try:
        assert run(Driver("a", process=Process(("sh", "-c", "echo up; exec sleep 1000"), "log:up"))).ok
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class Weak(GuardClient):
    """Cannot start another guard for some time."""

    failures = 0

    def _start(self) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError(EMFILE, os.strerror(EMFILE))
        super()._start()

    @property
    def pid(self) -> int:
        """The guard that there is."""
        return self._pid


def test_a_guard_that_cannot_be_replaced_at_once_is_replaced_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(guard_client, "RETRY_DELAY_S", 0.05)

    async def main() -> None:
        readers = FdPoller()
        weak, output = Weak("run", readers), PipedOutput(ignore_output, readers)
        weak.announce("0", "web", output, signal.SIGTERM, Order())
        weak.failures = 3
        os.kill(weak.pid, signal.SIGKILL)
        await until(lambda: weak.failures == 0 and weak.pid >= 0)
        weak.dismiss()
        output.release_fd()
        output.close()

    before = descriptors()
    asyncio.run(main())
    assert descriptors() == before
    assert not caplog.records


def test_nothing_is_started_that_no_guard_would_end(trace: Trace) -> None:
    async def main() -> None:
        shared = ProcessRun()
        weak = Weak("run", FdPoller())
        weak.failures = 10**6
        shared._guard = weak
        before = descriptors()
        with pytest.raises(ProcessError, match="the process cannot be started: Too many open files: raise the limit"):
            shared.spawn("web", Process(("sleep", "1000")), SpawnOptions(os.environ))
        assert descriptors() == before
        shared.close()

    asyncio.run(main())
    assert trace.left() == []
