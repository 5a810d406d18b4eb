"""``alive``: a process that runs and does not work is restarted or lost."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps import DeclarationError, DependencyGraph, Driver, Executor, Override, State, StepEvent, requires
from tierdeps._util.frozen import replace
from tierdeps.importers import Source
from tierdeps.importers.json import IMPORTER
from tierdeps.importers.toml import IMPORTER as TOML
from tierdeps.model import Alive, Process
from tierdeps.processes.resolve import resolved
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps import Event
    from tierdeps.executor import Executor as Run

#: Longer than any check here takes, on a busy machine.
PATIENCE_S = 30.0


class Seen(Reporter):
    def __init__(self) -> None:
        self.events: list[Event] = []

    def event(self, event: Event) -> None:
        self.events.append(event)


def process(folder: Path, restart: str = "no") -> Process:
    """Return a process that counts as alive while there is a file ``well``; a restart makes it again."""
    well = folder / "well"
    command = ("sh", "-c", f"touch {well}; exec sleep 1000")
    probe = f"exec:test -e {well}"
    return Process(
        command, ready=probe, restart=restart, restart_backoff=0.05, alive=Alive(probe, every=0.2, failures=2)
    )


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  a file, or the state of a run
            await asyncio.sleep(0.02)


def state(executor: Run, name: str) -> State:
    return next(outcome.state for outcome in executor.report().outcomes if outcome.driver == name)


async def started(*drivers: Driver) -> tuple[Executor, Seen]:
    seen = Seen()
    executor = Executor(DependencyGraph(drivers).collapse(), reporters=(seen,), on_failure="isolate")
    assert (await executor.start()).ready
    return executor, seen


def test_a_process_that_does_not_answer_is_lost_and_what_requires_it_is_stopped(tmp_path: Path) -> None:
    async def main() -> None:
        user = Driver("user", dependencies=(requires("web"),))
        executor, _ = await started(Driver("web", process=process(tmp_path)), user)
        (tmp_path / "well").unlink()
        await until(lambda: state(executor, "web") is State.STOPPED)
        report = await executor.stop()
        reason = next(outcome.reason for outcome in report.outcomes if outcome.driver == "web")
        assert reason.startswith("its check failed 2 times in a row: ")
        assert f"(exec:test -e {tmp_path}/well)" in reason
        assert not report.ok

    asyncio.run(main())


def test_a_process_that_does_not_answer_is_restarted_by_its_policy(tmp_path: Path) -> None:
    async def main() -> None:
        executor, seen = await started(Driver("web", process=process(tmp_path, "on-failure")))
        (tmp_path / "well").unlink()
        await until(lambda: seen.events[-1].reason == "ready again")
        assert (tmp_path / "well").exists(), "another process has made it"
        retried = next(event for event in seen.events if event.mark is StepEvent.RETRIED)
        assert retried.reason.startswith("it does not answer: ")
        assert state(executor, "web") is State.READY
        assert (await executor.stop()).ok

    asyncio.run(main())


def test_a_probe_that_hangs_is_a_failure(tmp_path: Path) -> None:
    async def main() -> None:
        alive = Alive("exec:sleep 1000", every=0.2, failures=1, timeout=0.1)
        executor, _ = await started(Driver("web", process=Process(("sleep", "1000"), alive=alive)))
        await until(lambda: state(executor, "web") is State.STOPPED)
        report = await executor.stop()
        assert "check did not end within 0.1 s" in report.outcomes[0].reason

    asyncio.run(main())
    del tmp_path


def test_defaults_leave_time_for_an_attempt() -> None:
    assert (Alive("tcp:h:1").every, Alive("tcp:h:1").failures, Alive("tcp:h:1").timeout_s) == (10, 3, 2)
    assert Alive("tcp:h:1", every=1).timeout_s == 0.5


@pytest.mark.parametrize(
    "values",
    [
        {"probe": "log:x"},
        {"probe": "fd:3"},
        {"probe": "notify"},
        {"probe": "tcp:host"},
        {"probe": "http://"},
        {"probe": "exec:"},
        {"probe": 'exec:"'},
        {"probe": "tcp:h:1\0"},
        {"probe": "tcp:h:1", "every": 0},
        {"probe": "tcp:h:1", "every": float("nan")},
        {"probe": "tcp:h:1", "failures": 0},
        {"probe": "tcp:h:1", "failures": True},
        {"probe": "tcp:h:1", "failures": 1.5},
        {"probe": "tcp:h:1", "timeout": 11},
        {"probe": "tcp:h:1", "timeout": -1},
    ],
)
def test_values_that_cannot_be_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError):
        Alive(**values)


def test_a_process_that_is_to_end_is_not_checked() -> None:
    with pytest.raises(DeclarationError, match="that process is to end"):
        Process(("true",), ready="exit", alive=Alive("tcp:h:1"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("tcp:127.0.0.1:80", Alive("tcp:127.0.0.1:80")),
        ({"probe": "exec:true", "every": 5, "failures": 1, "timeout": 1}, Alive("exec:true", 5, 1, 1)),
    ],
)
def test_a_graph_file_has_a_text_or_a_table(tmp_path: Path, written: object, expected: Alive) -> None:
    text = json.dumps({"drivers": {"a": {"command": ["sleep", "1"], "alive": written}}})
    (driver,) = IMPORTER.read(Source("g.json", tmp_path / "g.json", text.encode())).drivers
    assert driver.process is not None
    assert driver.process.alive == expected


@pytest.mark.parametrize(
    "written", ['"tcp:127.0.0.1:${PORT:-81}"', '{ probe = "tcp:127.0.0.1:${PORT:-81}", every = 5 }']
)
def test_an_override_replaces_the_probe_and_may_have_variables(written: str) -> None:
    text = f"[drivers.a]\noverride = true\nalive = {written}\n"
    (change,) = TOML.read(Source("over.toml", Path("over.toml"), text.encode())).overrides
    assert isinstance(change, Override)
    values = dict(change.changes)
    process = replace(Process(("sleep", "1"), alive=Alive("exec:true")), **values)
    found = resolved(process, {"PORT": "82"}).alive
    assert found is not None
    assert found.probe == "tcp:127.0.0.1:82"
