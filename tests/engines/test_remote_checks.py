"""Drivers of a remote engine are checked on their side while they are up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.engines.test_remote import ENGINE
from tierdeps.engines.remote import RemoteFailure
from tierdeps.errors import HealthUnknownError
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Alive, Driver, Process, Report, State

if TYPE_CHECKING:
    from tierdeps.lifecycle import Context


class Checked(Lifecycle):
    """Fails every check."""

    check_every, check_failures, check_timeout = 0.05, 2, 0.05

    async def check(self, context: Context) -> None:
        raise OSError(f"{context.driver} does not answer")


def test_drivers_elsewhere_are_checked_while_they_are_up() -> None:
    alive = Alive("exec:false", every=0.2, failures=2)
    process = Driver("b", process=Process(("sleep", "1000"), alive=alive))

    async def main() -> Report:
        plan = DependencyGraph([Driver("a", lifecycle=Checked), process, Driver("c")]).collapse()
        executor = Executor(plan, engine=ENGINE, on_failure="isolate")
        await executor.start()
        async with asyncio.timeout(30):
            while any(outcome.state is State.READY for outcome in executor.report().outcomes[:2]):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return await executor.stop()

    reasons = [outcome.reason for outcome in asyncio.run(main()).outcomes]
    assert reasons[0] == "its check failed 2 times in a row: OSError: a does not answer"
    assert reasons[1].startswith("its check failed 2 times in a row: false exited with code 1")
    assert reasons[2] == ""


def test_what_cannot_be_found_out_elsewhere_is_no_failure_here() -> None:
    error = RemoteFailure.of(HealthUnknownError("the daemon does not answer")).error()
    assert isinstance(error, HealthUnknownError)
    assert str(error) == "the daemon does not answer"
    assert not isinstance(RemoteFailure.of(OSError("gone")).error(), HealthUnknownError)
