"""The status of runs in which a driver is ready though some of its parts are not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tierdeps._util.process_id import process_stamp
from tierdeps.formats import View
from tierdeps.formats.status import document, render_text
from tierdeps.journal.status import Status, status_of
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, State

if TYPE_CHECKING:
    from tests.journal.conftest import Stage


class Pools(Lifecycle):
    async def start(self, context: Context) -> None:
        context.degraded("pool p1: its folder is gone")


def status(stage: Stage, *, alive: bool, every: bool = False) -> Status:
    plan = stage.plan(Driver("storage", lifecycle=Pools), stage.driver("vm", "storage"))
    info = {"pid": os.getpid(), "started": process_stamp(os.getpid()), "began_at": 1e9} if alive else None
    run = stage.run(plan, killed_at=3.0 if alive else None, info=info, stops=False)
    return status_of(run, every=every, clock=lambda: run.started_monotonic + 3.0)


def test_a_degraded_driver_is_listed_with_its_reason(stage: Stage) -> None:
    found = status(stage, alive=True)
    assert [(one.driver, one.state, one.degraded) for one in found.drivers] == [
        ("storage", State.READY, "pool p1: its folder is gone")
    ]
    text = "\n".join(render_text(found, View()))
    assert "ready (degraded: pool p1: its folder is gone)" in text


def test_a_run_that_goes_on_degraded_counts_as_failed(stage: Stage) -> None:
    found = status(stage, alive=True)
    assert found.degraded
    assert found.failed


def test_a_run_that_is_over_is_no_success_either(stage: Stage) -> None:
    found = status(stage, alive=False)
    assert found.failed
    assert [one.driver for one in found.drivers] == ["storage"]


def test_the_document_has_the_parts_apart_from_the_state(stage: Stage) -> None:
    found: Any = document(status(stage, alive=True, every=True))
    drivers = {one["driver"]: one for one in found["drivers"]}
    assert drivers["storage"]["state"] == "ready"
    assert drivers["storage"]["degraded"] == "pool p1: its folder is gone"
    assert drivers["vm"]["degraded"] == ""


class Adopted(Lifecycle):
    """Runs already, and a part of it no longer works."""

    async def adopt(self, context: Context) -> bool:
        context.degraded("pool p1: its folder is gone")
        return True


def test_an_adopted_driver_can_be_degraded_too(stage: Stage) -> None:
    run = stage.run(stage.plan(Driver("storage", lifecycle=Adopted), stage.driver("vm")), stops=False)
    found = status_of(run, clock=lambda: run.started_monotonic + 3.0)
    assert [(one.driver, one.state, one.degraded) for one in found.drivers if one.degraded] == [
        ("storage", State.ADOPTED, "pool p1: its folder is gone")
    ]
    assert "adopted (degraded: pool p1: its folder is gone)" in "\n".join(render_text(found, View()))
