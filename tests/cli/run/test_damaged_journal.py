"""A run starts whatever the journal holds: a damaged one is quarantined, and who reads it says one sentence."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import wait_for
from tierdeps.journal import journal_path
from tierdeps.journal.schema import FORMAT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ask
    from tests.cli.hosts import Host

GRAPH = '[drivers.a]\n[drivers.b]\nrequires = ["a"]\n'

#: What a start says of drivers without a lifecycle.
NOTHING_RUN = "note: nothing is run for a, b: they have neither a command nor a lifecycle\n"


@pytest.fixture(autouse=True)
def _graph(tmp_path: Path, state: Path) -> None:
    assert journal_path().is_relative_to(state)
    (tmp_path / "graph.toml").write_text(GRAPH)


def edited(statement: str) -> Callable[[Path], None]:
    """Return what changes a journal by a statement."""

    def edit(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(statement)

    return edit


def truncated(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


DAMAGES = {
    "no database": lambda path: path.write_bytes(b"nothing of the kind" * 100),
    "half of it": truncated,
    "half made": edited("PRAGMA user_version=0"),
    "another format": edited("PRAGMA user_version=-7"),
    "a table is missing": edited("DROP TABLE runs"),
    "a column is missing": edited("ALTER TABLE runs RENAME COLUMN started_monotonic TO tocks"),
    "a run is no JSON": edited("UPDATE runs SET info = '[', ended_at = NULL"),
    "a process is none": edited("UPDATE runs SET info = json_set(info, '$.pid', 0), ended_at = NULL"),
    "an ending is another thing": edited("UPDATE runs SET outcome = '{}'"),
    "a number is text": edited("UPDATE runs SET started_monotonic = 'soon'"),
    "a text is a blob": edited("UPDATE runs SET info = CAST(info AS BLOB)"),
    "events break off": edited("UPDATE event_batches SET events = substr(events, 2)"),
    "the plan is missing": edited("DELETE FROM plans"),
    "the plan is another thing": edited("UPDATE plans SET summary = '[1]'"),
    "run numbers are used up": edited("UPDATE sqlite_sequence SET seq = 9223372036854775807"),
}
#: What a run that completed does not have to be read for.
UNSEEN = {"run numbers are used up"}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_run_starts_and_is_recorded_whatever_part_of_the_journal_is_damaged(ask: Ask, damage: str) -> None:
    assert ask("start", "--once", "graph.toml").code == 0
    DAMAGES[damage](journal_path())
    for command in ("status", "timeline"):
        answer = ask(command, "graph.toml")
        assert answer.code == (0 if damage in UNSEEN else 4)
        assert answer.err == "" or answer.err.startswith(f"error: the journal {journal_path()} is ")
        assert answer.err.count("\n") <= 1
    assert ask("stop", "graph.toml").code == 4
    answer = ask("start", "--once", "graph.toml")
    assert answer.code == 0
    assert "not recorded" not in answer.err
    for command in ("status", "timeline"):
        assert (ask(command, "graph.toml").code, ask(command, "graph.toml").err) == (0, "")


@pytest.mark.parametrize("text", [b"", b"x"])
def test_an_empty_file_is_an_empty_journal(ask: Ask, text: bytes) -> None:
    journal_path().parent.mkdir(parents=True)
    journal_path().write_bytes(text)
    assert ask("status").code == 2
    answer = ask("start", "--once", "graph.toml")
    assert (answer.code, answer.err) == (0, NOTHING_RUN)
    assert ask("status").code == 0


def test_the_message_names_the_file_that_was_set_aside(ask: Ask) -> None:
    for number in (1, 2):
        journal_path().parent.mkdir(parents=True, exist_ok=True)
        journal_path().write_bytes(b"nothing of the kind" * 100)
        answer = ask("start", "--once", "graph.toml")
        aside = f"journal.sqlite.damaged-{number}"
        problem = f"the journal {journal_path()} is damaged (file is not a database)"
        assert answer.err == f"{NOTHING_RUN}note: {problem}; it was renamed to {aside}\n"
        assert journal_path().with_name(aside).read_bytes().startswith(b"nothing")


def test_a_journal_of_a_later_version_is_left_as_it_is(ask: Ask) -> None:
    assert ask("start", "--once", "graph.toml").code == 0
    edited(f"PRAGMA user_version={FORMAT + 1}")(journal_path())
    answer = ask("start", "--once", "graph.toml")
    assert answer.code == 0
    assert "this run is not recorded: the journal" in answer.err
    assert "was written by a later tierdeps" in answer.err
    assert [path.name for path in journal_path().parent.glob("*damaged*")] == []


def test_runs_recorded_in_a_damaged_journal_can_still_be_stopped(host: Host) -> None:
    host.graph({"a": ()})
    host.graph({"b": ()}, "other.toml")
    assert host.ask("start", "--detach", "graph.toml").code == 0
    edited(
        "INSERT INTO runs (instance, digest, pid, process_stamp, mode, info, plan, first_plan, enum_names,"
        " started_monotonic)"
        " VALUES ('', '', 1, '', '', '[', '', '', '', 0)"
    )(journal_path())
    assert host.ask("status", "graph.toml").code == 4
    assert host.ask("start", "--detach", "other.toml").code == 0
    assert {driver: len(pids) for driver, pids in host.running().items()} == {"a": 1, "b": 1}
    assert "is up" in host.ask("status", "graph.toml").out
    assert "is already running" in host.ask("start", "--once", "graph.toml").err
    wait_for(lambda: "1 ready" in host.ask("status", "graph.toml").out, "what it did")
    for graph in ("graph.toml", "other.toml"):
        assert host.ask("stop", graph).code == 0
        assert "completed" in host.ask("status", graph).out
    assert host.running() == {}
