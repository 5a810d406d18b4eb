"""``tierdeps status``: who is up, and what the others wait for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.journal.conftest import GONE, Stage
from tests.test_schemas import VALIDATORS
from tierdeps._util.process_id import process_stamp
from tierdeps.journal import Journal, RunInfo, journal_path
from tierdeps.model import Event, State, StepEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Ask
    from tierdeps.model import Plan

HERE = {"pid": os.getpid(), "started": process_stamp(os.getpid())}


@pytest.fixture(name="stage")
def _stage(state: Path) -> Iterator[Stage]:
    """Open the journal that the command reads."""
    assert journal_path().is_relative_to(state)
    with Journal.open() as journal:
        yield Stage(journal)


def two(stage: Stage) -> Plan:
    return stage.plan(stage.driver("a"), stage.driver("b", "a"))


def test_without_any_run_it_explains_how_to_start_one(ask: Ask) -> None:
    answer = ask("status")
    assert (answer.code, answer.out, answer.err) == (
        2,
        "",
        "error: nothing has been started yet; to start it: tierdeps start GRAPH\n",
    )
    answer = ask("status", "stack.toml")
    assert answer.code == 2
    assert answer.err == "error: nothing of stack.toml has been started yet; to start it: tierdeps start stack.toml\n"


def test_a_running_instance_is_shown_with_what_it_waits_for(ask: Ask, stage: Stage) -> None:
    stage.run(two(stage), killed_at=0.5, info=HERE)
    answer = ask("status")
    assert answer.code == 0
    first, counts, empty, *rest = answer.out.splitlines()
    assert first.startswith(f"stack.toml is starting, process {os.getpid()}, since ")
    assert (counts, empty) == ("  2 drivers: 1 pending, 1 starting", "")
    said = [re.sub(r"[\d.]+ s|[\d.]+ min [\d.]+ s", "T", line) for line in rest]
    assert said == ["  a  running T (times out in T); 1 other waits for it", "  b  waiting T for a"]


@pytest.mark.parametrize(("seconds", "killed_at", "code"), [(1.0, None, 0), (-1.0, None, 4), (1.0, 0.5, 4)])
def test_the_exit_code_is_4_for_a_failed_run(
    ask: Ask, stage: Stage, seconds: float, killed_at: float | None, code: int
) -> None:
    stage.seconds["b"] = seconds
    stage.run(two(stage), killed_at=killed_at)
    assert ask("status").code == ask("status", "--format", "json").code == ask("status", "/stack.toml").code == code


def test_all_shows_every_driver(ask: Ask, stage: Stage) -> None:
    stage.run(two(stage))
    assert "  a  stopped" not in ask("status").out.splitlines()
    assert "  a  stopped" in ask("status", "--all").out.splitlines()


def test_json_matches_its_schema(ask: Ask, stage: Stage) -> None:
    for killed_at, info in ((None, {}), (1.5, {}), (0.5, HERE)):
        stage.run(two(stage), killed_at=killed_at, info=info)
        document = json.loads(ask("status", "--format", "json").out)
        VALIDATORS["status"].validate(document)
        assert [driver["driver"] for driver in document["drivers"]] == ["a", "b"]
    VALIDATORS["instances"].validate(json.loads(ask("status", "--list", "--format", "json").out))


def test_without_a_graph_the_running_instance_is_shown(ask: Ask, stage: Stage) -> None:
    stage.run(two(stage), killed_at=0.5, info={**HERE, "title": "first"})
    stage.run(stage.plan(stage.driver("z")), info={"instance": "/z.toml", "title": "second"})
    assert ask("status").out.startswith("first is starting")
    assert ask("status", "/z.toml").out.startswith("second completed")
    listed = ask("status", "--list").out
    assert listed.splitlines() == [
        "INSTANCE  RUN      PROCESS",
        *(f"second    ended    {GONE[0]}", "    /z.toml"),
        *(f"first     running  {os.getpid()}", "    /stack.toml"),
    ]


def test_odd_names_break_no_line_and_shift_no_column(ask: Ask, stage: Stage) -> None:
    long = "x" * 250
    for title, file in (("a", "/a"), (long, f"/{long}"), ("b\nc", "/b\nc")):
        stage.run(stage.plan(stage.driver("z")), info={"instance": file, "title": title})
    assert ask("status", "--list").out.splitlines() == [
        "INSTANCE  RUN    PROCESS",
        *(f"b\\nc      ended  {GONE[0]}", "    /b\\nc"),
        *(f"{long}  ended  {GONE[0]}", f"    /{long}"),
        *(f"a         ended  {GONE[0]}", "    /a"),
    ]


def test_of_several_running_instances_the_last_is_shown_with_a_note(ask: Ask, stage: Stage) -> None:
    for name in "ab":
        info = {**HERE, "title": name, "instance": f"/{name}.toml"}
        stage.run(stage.plan(stage.driver(name)), killed_at=0.5, info=info)
    answer = ask("status")
    assert answer.out.startswith("b is starting")
    assert answer.err == ("note: 2 instances are running; this is the latest (others: tierdeps status --list)\n")


def test_list_excludes_other_options(ask: Ask) -> None:
    assert ask("status", "--list", "--watch").code == 2
    assert ask("status", "--list").out == "nothing has been started yet\n"


def test_a_damaged_journal_is_one_sentence(ask: Ask) -> None:
    journal_path().parent.mkdir(parents=True)
    journal_path().write_bytes(b"nothing of the kind" * 100)
    answer = ask("status")
    assert answer.code == 4
    assert answer.err.startswith(f"error: the journal {journal_path()} is damaged")


def watching(*options: str) -> subprocess.Popen[str]:
    """Watch in a process of its own."""
    command = [sys.executable, "-m", "tierdeps", "status", "--watch", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize("options", [(), ("--format", "json")])
def test_watch_prints_each_change_until_the_run_has_ended(stage: Stage, options: tuple[str, ...]) -> None:
    plan = two(stage)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as runs:
        info = RunInfo("/stack.toml", "stack.toml", plan.digest, runs.pid, process_stamp(runs.pid))
        recorder = stage.journal.start_run(info, plan)
        recorder.event(Event(0.1, "a", State.STARTING, "start", StepEvent.STARTED))
        with watching(*options) as watch:
            assert watch.stdout is not None
            lines = [watch.stdout.readline() for _ in range(1 if options else 3)]
            recorder.event(Event(0.2, "a", State.READY))
            lines.append(watch.stdout.readline())
            assert runs.stdin is not None
            runs.stdin.close()  # it is over, without an end of its own
            runs.wait()
            lines.extend(watch.stdout)
        assert watch.returncode == 4
    if options:
        documents = [json.loads(line) for line in lines]
        for document in documents:
            VALIDATORS["status"].validate(document)
        assert [document["counts"].get("ready", 0) for document in documents][:2] == [0, 1]
        assert documents[-1]["killed"]
    else:
        assert "stack.toml is starting" in lines[0]
        assert "a: running" in lines[1] or "a: " in lines[1]
        assert "a: ready for" in "".join(lines)
        assert "was killed; last recorded" in "".join(lines)
