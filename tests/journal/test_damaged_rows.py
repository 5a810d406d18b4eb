"""Every invalid row is damage: the error says what is wrong with it, and no part of it is used."""

from __future__ import annotations

import json
import sqlite3
from array import array
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.journal import DamagedJournal, Journal
from tierdeps.journal.database import is_damage, journal_error
from tierdeps.journal.events import ENUM_NAMES
from tierdeps.journal.limits import LAST_MOMENT, MAX_RUN
from tierdeps.model import Event, State, StepEvent

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journal.conftest import Stage


@pytest.fixture
def path(stage: Stage) -> Path:
    """Record a run of two drivers."""
    stage.run(stage.plan(stage.driver("a"), stage.driver("b", "a")))
    return stage.journal.path


def change(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def problem(path: Path) -> str:
    """Read all of the last run; return what is wrong with it."""
    with Journal.open(path, readonly=True) as journal:
        run = journal.last()
        assert run is not None
        with pytest.raises(DamagedJournal) as caught:
            run.events()
        with pytest.raises(DamagedJournal):
            run.states()
    return caught.value.what


def one_event(
    path: Path, *, at: float = 1.0, driver: int = 1, phase: int = 0, state: int = 0, mark: int = 0, reasons: str = ""
) -> None:
    """Shorten the run to one event."""
    events = array("d", [at]).tobytes() + array("I", [driver, phase]).tobytes() + bytes([state, mark])
    change(path, "DELETE FROM compactions")
    change(path, "DELETE FROM event_batches WHERE id > (SELECT min(id) FROM event_batches)")
    change(path, "UPDATE event_batches SET size = 1, events = ?, reasons = ?", events, reasons)


def test_an_event_at_the_limits_is_read(path: Path) -> None:
    for at in (-LAST_MOMENT, LAST_MOMENT):
        # the names are none, two drivers, start, and five methods
        one_event(
            path, at=at, driver=2, phase=8, state=len(State) - 1, mark=len(ENUM_NAMES[1]) - 1, reasons='[[0, "why"]]'
        )
        with Journal.open(path, readonly=True) as journal:
            run = journal.last()
            assert run is not None
            (found,) = run.events()
        assert found == Event(at, "b", [*State][-1], "cleanup", [*StepEvent][-1], "why")


@pytest.mark.parametrize(
    "numbers", [{"driver": 9}, {"phase": 9}, {"state": len(State)}, {"mark": len(ENUM_NAMES[1])}], ids=str
)
def test_an_event_with_a_number_of_nothing_is_damage(path: Path, numbers: dict[str, Any]) -> None:
    one_event(path, **numbers)
    assert problem(path) == "is damaged (an event has a number that stands for nothing)"


def test_an_event_of_no_driver_is_damage(path: Path) -> None:
    one_event(path, driver=0)
    assert problem(path) == "is damaged (an event has a number that stands for nothing)"


@pytest.mark.parametrize("at", [float("nan"), float("inf"), LAST_MOMENT * 1.001, -LAST_MOMENT * 1.001])
def test_an_event_at_an_impossible_time_is_damage(path: Path, at: float) -> None:
    one_event(path, at=at)
    assert problem(path) == "is damaged (an event has a time that cannot be)"


@pytest.mark.parametrize("index", [-1, 1, 2])
def test_a_reason_of_no_event_is_damage(path: Path, index: int) -> None:
    one_event(path, reasons=json.dumps([[index, "why"]]))
    assert problem(path) == "is damaged (a reason belongs to no event)"


@pytest.mark.parametrize("size", [0, 2])
def test_a_batch_of_another_size_is_damage(path: Path, size: int) -> None:
    one_event(path)
    change(path, "UPDATE event_batches SET size = ?", size)
    assert problem(path) == "is damaged (a group of events has not as many as it says)"


@pytest.mark.parametrize(
    "legend",
    [
        [[*ENUM_NAMES[0], ENUM_NAMES[0][0]], [*ENUM_NAMES[1]]],
        [[*ENUM_NAMES[0]], [*ENUM_NAMES[1], ""]],
        [[*ENUM_NAMES[0]], [*ENUM_NAMES[1][1:], "another"]],
    ],
)
def test_a_state_or_a_mark_that_no_version_has_is_damage(path: Path, legend: object) -> None:
    change(path, "UPDATE runs SET enum_names = ?", json.dumps(legend))
    assert problem(path) == "is damaged (a state or a mark is unknown)"


@pytest.mark.parametrize(
    ("column", "value", "wrong"),
    [
        ("started_monotonic", "x", "is damaged (Expected `float`, got `str` - at `$[5]`)"),
        ("info", b"x", "is damaged (Expected `str`, got `bytes` - at `$[1]`)"),
        ("outcome", "[", "is damaged (expected JSON: Expecting value: line 1 column 2 (char 1))"),
        ("outcome", '[true,true,false,"",[],NaN]', "is damaged (expected JSON: expected a number, got NaN)"),
    ],
)
def test_a_value_of_another_type_is_damage(path: Path, column: str, value: object, wrong: str) -> None:
    change(path, f"UPDATE runs SET {column} = ?", value)  # noqa: S608  names of ours
    with Journal.open(path, readonly=True) as journal, pytest.raises(DamagedJournal) as caught:
        journal.last()
    assert caught.value.what == wrong


def test_a_run_without_its_plan_is_damage(path: Path) -> None:
    change(path, "DELETE FROM plans")
    assert problem(path) == "is damaged (the plan of a run is missing)"


def head(path: Path) -> list[object]:
    with sqlite3.connect(path) as connection:
        (text,) = connection.execute("SELECT summary FROM plans").fetchone()
    connection.close()
    found: list[object] = json.loads(text)
    return found


@pytest.mark.parametrize(
    ("place", "value", "wrong"),
    [
        (0, ["a", "a"], "the tiers of a plan do not have its drivers"),
        (1, [["default", 1]], "the tiers of a plan do not have its drivers"),
        (1, [["default", 3]], "the tiers of a plan do not have its drivers"),
        (2, {"x": ["start"]}, "a plan has phases of what is no driver of it"),
        (4, [], "a plan waits for a step that it does not have"),
    ],
)
def test_a_plan_of_parts_that_do_not_fit_is_damage(path: Path, place: int, value: object, wrong: str) -> None:
    parts = head(path)
    parts[place] = value
    change(path, "UPDATE plans SET summary = ?", json.dumps(parts))
    assert problem(path) == f"is damaged ({wrong})"


@pytest.mark.parametrize(
    ("waits", "wrong"),
    [
        ([1, 0], "what a plan waits for breaks off"),
        ([2, 0, 0], "a plan waits for a step that it does not have"),
        ([1, 2, 0], "a plan waits for a step that it does not have"),
        ([1, 0, 99], "a plan waits for a step that it does not have"),
    ],
)
def test_what_a_plan_waits_for_has_to_be_there(path: Path, waits: list[int], wrong: str) -> None:
    change(path, "UPDATE plans SET dependencies = ?", array("I", waits).tobytes())
    assert problem(path) == f"is damaged ({wrong})"


@pytest.mark.parametrize("last", [MAX_RUN, -1, "many", None])
def test_where_there_is_no_number_for_another_run_the_next_one_is_refused(stage: Stage, last: object) -> None:
    plan = stage.plan(stage.driver("a"))
    stage.run(plan)
    change(stage.journal.path, "UPDATE sqlite_sequence SET seq = ?", last)
    with pytest.raises(DamagedJournal, match="the number of the last run is not one that a run has") as caught:
        stage.run(plan)
    assert caught.value.path == stage.journal.path
    change(stage.journal.path, "UPDATE sqlite_sequence SET seq = ?", MAX_RUN - 1)
    assert stage.run(plan).number == MAX_RUN


def test_what_python_raises_for_a_damaged_file_is_damage_too(tmp_path: Path) -> None:
    size, name = (
        journal_error(tmp_path, MemoryError()),
        journal_error(tmp_path, UnicodeDecodeError("utf-8", b"", 0, 0, "")),
    )
    assert isinstance(size, DamagedJournal)
    assert isinstance(name, DamagedJournal)
    assert size.what == "is damaged (it contains an impossible size)"
    assert name.what == "is damaged (it contains a name that is not UTF-8)"
    assert size.path == name.path == tmp_path


def test_what_sqlite_says_is_one_line(tmp_path: Path) -> None:
    error = journal_error(tmp_path, sqlite3.DatabaseError("malformed\n  schema " + "x" * 100))
    assert isinstance(error, DamagedJournal)
    assert error.what == f"is damaged (malformed schema {'x' * 63})"


def test_the_sentence_for_a_file_that_cannot_be_used_says_what_to_do_next(tmp_path: Path) -> None:
    advice = "check the permissions of its folder, or set XDG_STATE_HOME to another one"
    for code, how in ((sqlite3.SQLITE_CANTOPEN, "opened"), (sqlite3.SQLITE_IOERR, "used")):
        error = sqlite3.OperationalError("it is so")
        error.sqlite_errorcode = code
        assert str(journal_error(tmp_path, error)) == f"the journal {tmp_path} cannot be {how}: it is so; {advice}"


@pytest.mark.parametrize(
    ("code", "damage"),
    [
        (sqlite3.SQLITE_NOTADB, True),
        (sqlite3.SQLITE_CORRUPT, True),
        (sqlite3.SQLITE_IOERR_SHORT_READ, True),
        (sqlite3.SQLITE_IOERR, False),
        (sqlite3.SQLITE_BUSY, False),
        (sqlite3.SQLITE_FULL, False),
    ],
)
def test_a_full_disk_or_a_busy_file_is_no_damage(tmp_path: Path, code: int, damage: bool) -> None:
    error = sqlite3.OperationalError("it is so")
    error.sqlite_errorcode = code
    assert is_damage(error) is damage
    assert isinstance(journal_error(tmp_path, error), DamagedJournal) is damage
