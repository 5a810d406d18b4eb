"""An exception of tierdeps itself while a run goes on: all is stopped in order, and the exit code is 70."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps._util.suggest import nearest
from tierdeps.cli.run.crashes import CrashHandler, is_ours

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.hosts import Host

#: ``broken`` has the loop call something of tierdeps that raises, as a mistake of ours would be.
DEEDS = """
import asyncio, logging
from pathlib import Path
from tierdeps import Lifecycle
from tierdeps._util.suggest import nearest

def note(what):
    with Path("deeds").open("a") as file:
        file.write(what + "\\n")

class Good(Lifecycle):
    async def start(self, context): note(f"{context.driver} start")
    async def stop(self, context): note(f"{context.driver} stop")

class Breaks(Good):
    async def start(self, context):
        await super().start(context)
        asyncio.get_running_loop().call_soon(nearest, "x", None)
        await asyncio.sleep(SECONDS)

class Logs(Good):
    async def start(self, context):
        logging.getLogger("library").warning("%d items", "x")
        context.logger.warning("%d items", "y")

class Forgets(Good):
    async def start(self, context):
        async def fail():
            raise OSError("forgotten")
        asyncio.create_task(fail())
        await asyncio.sleep(0.05)
"""
GRAPH = """
[drivers.a]
lifecycle = "deeds:Good"
[drivers.p]
command = ["sleep", "1000"]
[drivers.b]
lifecycle = "deeds:{kind}"
requires = ["a", "p"]
"""


def put(host: Host, kind: str, seconds: int = 0) -> list[str]:
    (host.folder / "deeds.py").write_text(DEEDS.replace("SECONDS", str(seconds)))
    (host.folder / "graph.toml").write_text(GRAPH.format(kind=kind))
    return ["start", "graph.toml"]


@pytest.mark.parametrize("seconds", [0, 1000])
def test_everything_is_stopped_in_order_and_the_exit_code_is_that_of_a_bug(host: Host, seconds: int) -> None:
    answer = host.ask(*put(host, "Breaks", seconds))
    assert answer.code == 70
    deeds = (host.folder / "deeds").read_text().splitlines()
    assert deeds == ["a start", "b start", "b stop", "a stop"]
    assert "an error of tierdeps itself ended the run: TypeError" in answer.out
    assert answer.err.count("Traceback") == 1
    assert answer.err.endswith("error: this is a bug of tierdeps; please report it with the lines above\n")
    assert "p stopped" in answer.out


def test_an_exception_in_an_unawaited_task_of_a_driver_is_logged_and_ends_nothing(host: Host) -> None:
    answer = host.ask(*put(host, "Forgets"), "--once")
    assert answer.code == 0
    assert "OSError: forgotten" in answer.err


def test_a_logging_call_with_wrong_arguments_is_printed_and_fails_no_driver(host: Host) -> None:
    answer = host.ask(*put(host, "Logs"), "--once")
    assert answer.code == 0
    assert "library: %d items [TypeError in the logging call at " in answer.err
    assert "tierdeps.driver.b: %d items [TypeError in the logging call at " in answer.err


nothing: Any = None


def taken(act: Callable[[asyncio.AbstractEventLoop], object]) -> tuple[list[BaseException], list[BaseException]]:
    """Return what was kept, and what ended the run."""
    ended: list[BaseException] = []

    async def main() -> CrashHandler:
        loop, unexpected = asyncio.get_running_loop(), CrashHandler(ended.append)
        loop.set_exception_handler(unexpected)
        act(loop)
        await asyncio.sleep(0.01)
        return unexpected

    return asyncio.run(main()).errors, ended


def test_an_exception_is_ours_if_the_loop_called_tierdeps(caplog: pytest.LogCaptureFixture) -> None:
    kept, ended = taken(lambda loop: loop.call_soon(nearest, "x", nothing))
    assert kept == ended
    assert isinstance(kept[0], TypeError)
    assert not caplog.records


def test_an_exception_in_other_code_is_logged_even_if_tierdeps_raised_it(caplog: pytest.LogCaptureFixture) -> None:
    def theirs(known: Any) -> None:
        nearest("x", known)

    assert taken(lambda loop: loop.call_soon(theirs, None)) == ([], [])
    assert len(caplog.records) == 1


def test_a_context_without_an_exception_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert taken(lambda loop: loop.call_exception_handler({"message": "odd"})) == ([], [])
    assert caplog.messages == ["odd"]


def test_an_exception_without_a_traceback_is_not_ours() -> None:
    assert not is_ours(ValueError())
