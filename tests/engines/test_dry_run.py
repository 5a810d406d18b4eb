"""What would be done."""

from __future__ import annotations

import asyncio

import pytest

from tierdeps.engines import dry_run
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, Process, requires


class Never(Lifecycle):
    def __init__(self) -> None:
        pytest.fail("made in a dry run")

    def start(self, context: Context) -> None: ...


def test_nothing_is_imported_made_or_called() -> None:
    drivers = [
        Driver("a", lifecycle="no_such_module:Class"),
        Driver("b", lifecycle=Never, dependencies=(requires("a"),)),
        Driver("c", process=Process(("false",)), dependencies=(requires("b"),)),
    ]
    executor = Executor(DependencyGraph(drivers).collapse(), engine=dry_run.ENGINE)
    report = asyncio.run(executor.start())
    assert report.ok
    assert report.engine == "dry-run"
