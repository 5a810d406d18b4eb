"""However a journal's file is damaged, reading it gives one sentence, and the next start quarantines it."""

# ruff: noqa: S311  damage is no secret
from __future__ import annotations

import os
import shutil
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.journal.conftest import GONE, Stage
from tierdeps._util.frozen import replace
from tierdeps.analysis.timeline import timeline_of
from tierdeps.formats import View
from tierdeps.formats.status import render_json as status_json
from tierdeps.formats.status import render_text as status_text
from tierdeps.formats.timeline.json import render as timeline_json
from tierdeps.formats.timeline.svg import render as timeline_svg
from tierdeps.formats.timeline.text import render as timeline_text
from tierdeps.journal import DamagedJournal, Journal, JournalError, RunInfo
from tierdeps.journal.quarantine import file_id, quarantine
from tierdeps.journal.status import status_of
from tierdeps.model import Event, State, StepEvent, Tier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tierdeps.journal import RunRecord
    from tierdeps.model import Plan

#: So many damaged files are made in each block; ``TIERDEPS_DAMAGES=1000`` makes more.
CASES = int(os.environ.get("TIERDEPS_DAMAGES", "20"))
BLOCKS = 10
PAGE = 4096


class Sound(NamedTuple):
    """A journal with runs of several kinds in it, and the plan of the next one."""

    folder: Path
    plan: Plan


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """Make a valid journal for all tests of this module."""
    return make_sound(tmp_path_factory.mktemp("sound"))


def make_sound(folder: Path) -> Sound:
    """Make a journal of runs that ended, one that failed, and one that was killed in the midst of a reload."""
    with Journal.open(folder / "journal.sqlite") as journal:
        stage = Stage(journal, {"b": 2.0, "d": -1.0})
        tiers = (Tier("core"), Tier("late", after=("core",)))
        phases = ("initialize", "autostart")
        first = (stage.driver("a", tier="core"), stage.driver("b", "a", tier="late", phases=phases))
        plan = stage.plan(*first, tiers=tiers)
        stage.run(plan)
        stage.run(stage.plan(*first, stage.driver("d", "a", tier="late"), tiers=tiers))
        stage.run(plan, info={"instance": "/other.toml", "mode": "detached"})
        recorder = journal.start_run(RunInfo("/stack.toml", "stack.toml", plan.digest, *GONE), plan)
        recorder.writer.compact_after = 4
        for at in range(8):
            recorder.event(Event(at, "a", State.STARTING, "start", StepEvent.STARTED, "why"))
            assert recorder.sync()
        recorder.plan_changed(stage.plan(*first, stage.driver("new", "a", tier="late"), tiers=tiers))
        recorder.event(Event(9.0, "a", State.READY))
        assert recorder.sync()
        shutil.copytree(folder, folder / "cut")  # as a killed process leaves it, with its log
    shutil.copytree(folder, folder / "closed", ignore=shutil.ignore_patterns("cut"))
    return Sound(folder, plan)


@pytest.fixture
def copy(sound: Sound, tmp_path: Path) -> Callable[[int], Path]:
    """Return what makes a copy of the sound journal, of a number."""

    def make(number: int) -> Path:
        folder = tmp_path / str(number)
        shutil.copytree(sound.folder / ("closed", "cut")[number % 2], folder)
        return folder / "journal.sqlite"

    return make


def flip(data: bytearray, random: Random) -> None:
    """Flip bits, near each other or not."""
    for _ in range(random.choice((1, 1, 1, 3, 16))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def cut(data: bytearray, random: Random) -> None:
    """Truncate, anywhere or between two pages."""
    at = random.randrange(len(data))
    del data[at - at % PAGE * random.randrange(2) :]


def wipe(data: bytearray, random: Random) -> None:
    """Overwrite a page, or part of one, with zeros, with ones or with another page."""
    at, other = (random.randrange(len(data) // PAGE) * PAGE for _ in range(2))
    start = at + random.choice((0, 0, random.randrange(PAGE)))
    data[start : at + PAGE] = random.choice(
        (bytes(at + PAGE - start), b"\xff" * (at + PAGE - start), bytes(data[other + start - at : other + PAGE]))
    )


def swap(data: bytearray, random: Random) -> None:
    """Write another number, name or text where one of the journal's own is."""
    word = random.choice((b"/stack.toml", b"initialize", b'"ready"', b"started", b"[true", b"runs", b"null", b"{"))
    places = [at for at in range(len(data)) if data.startswith(word, at)]
    if places:
        at = random.choice(places)
        data[at : at + len(word)] = random.choice((b"\xff", b"0", b"]", b'"', b"\\", b"-", b"\xed")) * len(word)


def damaged(path: Path, random: Random) -> None:
    """Damage a journal, or one of its companion files, in a random way."""
    path = random.choice((path, *sorted(path.parent.iterdir())))
    data = bytearray(path.read_bytes())
    random.choice((flip, flip, cut, wipe, swap))(data, random)
    path.write_bytes(data)


def shown(run: RunRecord) -> Iterator[str]:
    """Yield all texts about a run that any command prints."""
    for one in (run, replace(run, alive=True)):
        for every in (False, True):
            status = status_of(one, every=every)
            yield from status_text(status, View())
            yield from status_json(status, View())
    for render in (timeline_text, timeline_json, timeline_svg):
        yield from render(timeline_of(run), View())


def read(path: Path, plan: Plan) -> bool:
    """Read everything, as status, timeline, stop and reload do; return whether it is readable."""
    try:
        with Journal.open(path, readonly=True) as journal:
            for run in (*journal.alive(), *journal.instances(), *journal.runs("/stack.toml")):
                assert "".join(shown(run))
            journal.orphaned("/stack.toml")
            journal.durations(plan, "/stack.toml")
            journal.durations(plan)
    except JournalError as error:
        return sentence(error) == ""
    return True


def sentence(error: JournalError) -> str:
    """Return what an error says, which has to be one line of printable text."""
    said = str(error)
    assert said.startswith("the journal ")
    assert "\n" not in said
    assert len(said) < 400
    return said


def start_run(path: Path, plan: Plan) -> str:
    """Start a run and record it as ``start`` does, whatever the journal contains; return what became of the file."""
    seen = file_id(path)
    try:
        record(path, plan)
    except DamagedJournal:
        assert quarantine(path, seen) is not None
        record(path, plan)
        return "set aside"
    except JournalError as error:
        assert "was written by a later tierdeps" in sentence(error)  # noqa: PT017
        return "refused"
    return "used"


def record(path: Path, plan: Plan) -> None:
    with Journal.open(path) as journal:
        recorder = journal.start_run(RunInfo("/stack.toml", "stack.toml", plan.digest, *GONE), plan)
        journal.orphaned("/stack.toml")
        journal.durations(plan, "/stack.toml")
        recorder.warn = lambda problem: None
        for name in plan.drivers:
            recorder.event(Event(1.0, name, State.READY, reason="late"))
        recorder.finish(0.2)  # what can only be seen to be damaged now, is reported, and waited for no longer


def test_the_journal_can_be_read_before_it_is_damaged(sound: Sound, copy: Callable[[int], Path]) -> None:
    assert read(copy(0), sound.plan)
    assert start_run(copy(1), sound.plan) == "used"


@pytest.mark.parametrize("block", range(BLOCKS))
def test_reading_a_damaged_journal_gives_one_sentence(block: int, sound: Sound, copy: Callable[[int], Path]) -> None:
    random = Random(block)
    for number in range(CASES):
        path = copy(number)
        damaged(path, random)
        read(path, sound.plan)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_start_is_recorded_whatever_the_journal_was(block: int, sound: Sound, copy: Callable[[int], Path]) -> None:
    random = Random(block)
    for number in range(CASES):
        path = copy(number)
        damaged(path, random)
        start_run(path, sound.plan)
