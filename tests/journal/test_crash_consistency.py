"""The journal survives the end of the process at any moment: what was written is there, and consistent."""

from __future__ import annotations

import shutil
import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journal.conftest import GONE, Stage
from tierdeps.journal import Journal, Recorder, RunInfo
from tierdeps.journal.events import flattened
from tierdeps.model import Event, Plan, State, StepEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

Batches = list[list[Event]]
#: Each makes a file on the disk.
fewer = settings(max_examples=settings().max_examples // 4)


@st.composite
def batches(draw: st.DrawFn) -> Batches:
    """Draw events in batches, as the turns of a loop bring them."""
    event = st.builds(
        Event,
        st.floats(0, 100),
        st.sampled_from(["a", "b", "c", "unknown"]),
        st.sampled_from(State),
        st.sampled_from([None, "start", "autostart", "odd"]),
        st.sampled_from([None, *StepEvent]),
        st.sampled_from(["", "because", "a\nb\x1b"]),
    )
    return draw(st.lists(st.lists(event, min_size=1, max_size=4), min_size=1, max_size=12))


def record(recorder: Recorder, turns: Batches) -> None:
    for turn in turns:
        recorder._flat.extend(flattened(turn))
        assert recorder.sync()


def start_run(folder: Path) -> tuple[Journal, Recorder, Plan]:
    journal = Journal.open(folder / "journal.sqlite")
    stage = Stage(journal)
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a", phases=("initialize", "autostart")), stage.driver("c"))
    return journal, journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan), plan


def check(journal: Journal, turns: Batches) -> None:
    """Check that the journal has a prefix of the turns, and that the drivers' states follow from these."""
    run = journal.last()
    assert run is not None
    found = list(run.events())
    whole = [list(chain(*turns[:count])) for count in range(len(turns) + 1)]
    assert found in whole
    changes = {event.driver: event for event in found if event.mark is None}
    steps = {event.driver: event for event in found if event.mark is not None}
    for name, driver in run.states().items():
        state = changes[name].state if name in changes else State.PENDING
        assert (driver.state, driver.step) == (state, steps.get(name))


def failure(driver: str, events: Iterable[Event]) -> Event | None:
    """Return the first failure since a driver was last ready, by a simple loop."""
    found = None
    for event in events:
        if event.driver == driver and event.mark is None:
            if event.state is State.FAILED:
                found = found or event
            elif event.state is State.READY:
                found = None
    return found


@fewer
@given(batches(), st.floats(0, 1))
def test_a_log_that_is_truncated_anywhere_ends_with_a_whole_batch(turns: Batches, share: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, copy = Path(name, "was"), Path(name, "is")
        journal, recorder, _ = start_run(folder)
        start = (folder / "journal.sqlite-wal").stat().st_size
        record(recorder, turns)
        shutil.copytree(folder, copy)
        journal.close()
        log = copy / "journal.sqlite-wal"
        (copy / "journal.sqlite-shm").unlink()
        with log.open("r+b") as file:
            file.truncate(start + int((log.stat().st_size - start) * share))
        with Journal.open(copy / "journal.sqlite") as cut:
            check(cut, turns)


@fewer
@given(batches(), st.integers(1, 12))
def test_states_are_the_same_however_often_events_are_compacted(turns: Batches, often: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal, recorder, _ = start_run(Path(folder))
        recorder.writer.compact_after = often
        record(recorder, turns)
        check(journal, turns)
        run = journal.last()
        assert run is not None
        assert list(run.events()) == list(chain(*turns))
        last = {event.driver: event for turn in turns for event in turn if event.mark is None}
        for name, driver in run.states().items():
            assert driver.failure == failure(name, chain(*turns))
            assert driver.reason == (last[name].reason if name in last else "")
        journal.close()
