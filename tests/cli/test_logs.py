"""``tierdeps logs``: what drivers printed and logged, in this run and in earlier ones."""

from __future__ import annotations

import json
import os
import signal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from tests.cli.hosts import read_until, wait_for

if TYPE_CHECKING:
    from tests.cli.conftest import Ask
    from tests.cli.hosts import Host

SCRIPT = "echo from {0}; printf '\\033[2Joops\\n' >&2; echo '::error::x'"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TIERDEPS_CGROUP", "no")
    return tmp_path / "state"


def write(name: str = "graph.toml", **commands: str) -> None:
    """Write a graph of processes that end; each requires the one before it."""
    text, before = "", "[]"
    for driver, script in commands.items():
        command = json.dumps(["sh", "-c", script])
        text += f'[drivers.{driver}]\ncommand = {command}\nready = "exit"\nrequires = {before}\n'
        before = f'["{driver}"]'
    Path(name).write_text(text)


@pytest.fixture
def shop(ask: Ask) -> None:
    write(db=SCRIPT.format("db"), website=SCRIPT.format("website"))
    assert ask("start", "--once", "graph.toml").code == 0


def sorted_lines(text: str) -> list[str]:
    """Return lines in an order of their own: that of two streams is not known."""
    return sorted(text.splitlines())


@pytest.mark.usefixtures("shop")
def test_all_drivers_are_shown_behind_their_names(ask: Ask) -> None:
    answer = ask("logs")
    assert answer.code == 0
    assert answer.err == ""
    assert sorted_lines(answer.out) == [
        "db      | ::error::x",
        "db      | \\x1b[2Joops",
        "db      | from db",
        "website | ::error::x",
        "website | \\x1b[2Joops",
        "website | from website",
    ]
    assert answer.out.index("from db") < answer.out.index("from website")


@pytest.mark.usefixtures("shop")
def test_one_driver_is_shown_without_its_name(ask: Ask) -> None:
    assert sorted_lines(ask("logs", "db").out) == ["\\x1b[2Joops", "\\x3a:error::x", "from db"]
    assert sorted_lines(ask("logs", "db", "db").out) == sorted_lines(ask("logs", "db").out)


@pytest.mark.usefixtures("shop")
def test_some_of_the_lines_are_chosen(ask: Ask) -> None:
    assert len(ask("logs", "-n", "1").out.splitlines()) == 2
    assert len(ask("logs", "-n", "2", "website").out.splitlines()) == 2
    assert ask("logs", "-n", "0").out == ""
    assert len(ask("logs", "--since", "1d").out.splitlines()) == 6
    assert len(ask("logs", "--since", "2020-01-01").out.splitlines()) == 6
    assert ask("logs", "--since", "2100-01-01T00:00").out == ""


@pytest.mark.usefixtures("shop")
def test_json_has_an_object_for_each_line(ask: Ask) -> None:
    schema = json.loads((files("tierdeps.schemas") / "log-line.json").read_text())
    lines = [json.loads(line) for line in ask("logs", "--format", "json").out.splitlines()]
    for line in lines:
        Draft202012Validator(schema | {"additionalProperties": False}).validate(line)
    assert {(line["driver"], line["stream"], line["text"]) for line in lines} == {
        (driver, stream, text)
        for driver in ("db", "website")
        for stream, text in (("stdout", f"from {driver}"), ("stderr", "\x1b[2Joops"), ("stdout", "::error::x"))
    }


@pytest.mark.usefixtures("shop")
def test_times_are_shown_on_request(ask: Ask) -> None:
    first = ask("logs", "-t", "db").out.splitlines()[0]
    line = json.loads(ask("logs", "db", "--format", "json").out.splitlines()[0])
    assert first[:4] == line["time"][:4]
    assert first[10] == "T"


@pytest.mark.usefixtures("shop")
def test_earlier_runs_and_other_graphs_have_logs_of_their_own(ask: Ask) -> None:
    write(db="echo again", website="true")
    ask("start", "--once", "graph.toml")
    write("other.toml", db="echo other")
    ask("start", "--once", "other.toml")
    assert ask("logs", "db").out == "other\n"
    assert ask("logs", "db", "--graph", "graph.toml").out == "again\n"
    assert "from db\n" in ask("logs", "db", "--graph", "graph.toml", "--run", "2").out
    beyond = ask("logs", "--graph", "graph.toml", "--run", "3")
    assert (beyond.code, beyond.err.splitlines()[0]) == (
        2,
        "error: there is no start 3 of graph.toml: the journal has its last 2 starts",
    )


def test_as_many_runs_have_logs_as_the_settings_say_and_those_removed_are_an_error(ask: Ask, state: Path) -> None:
    Path("tierdeps.toml").write_text("log_runs = 2\n")
    for number in range(4):
        write(db=f"echo {number}")
        assert ask("start", "--once", "graph.toml").code == 0
    (instance,) = (state / "tierdeps" / "runs").iterdir()
    assert len(list(instance.iterdir())) == 2
    assert [ask("logs", "db", "--run", number).out for number in ("1", "2")] == ["3\n", "2\n"]
    removed = ask("logs", "--run", "3")
    assert (removed.code, removed.out) == (2, "")
    assert removed.err.startswith("error: the logs of start 3 of graph.toml have been removed: kept are those of the")


@pytest.mark.usefixtures("shop")
def test_a_name_that_the_run_does_not_have_is_an_error(ask: Ask) -> None:
    answer = ask("logs", "webiste")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: no driver is named 'webiste'; did you mean 'website'?\n"


def test_without_a_run_there_is_an_error(ask: Ask) -> None:
    write(db="true")
    for arguments, what in (((), ""), (("--graph", "graph.toml"), " of graph.toml")):
        answer = ask("logs", *arguments)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith(f"error: nothing{what} has been started yet; to start it: tierdeps start")


def test_a_driver_that_printed_nothing_has_an_empty_log(ask: Ask) -> None:
    write(db="true")
    ask("start", "--once", "graph.toml")
    for arguments in ((), ("db",), ("-n", "3", "db")):
        answer = ask("logs", *arguments)
        assert (answer.code, answer.out) == (0, "")


@pytest.mark.parametrize("text", ["", "yesterday", "5", "1h 30m", "2026-13-01", "-5m"])
def test_a_time_that_is_none_is_refused(ask: Ask, text: str) -> None:
    answer = ask("logs", f"--since={text}")
    assert answer.code == 2
    assert "expected a time such as 2026-11-30T09:00, or how long ago, such as 90s" in answer.err


def test_what_is_quiet_is_kept_too(ask: Ask) -> None:
    write(db="echo here")
    answer = ask("start", "--once", "--quiet", "graph.toml")
    assert "here" not in answer.err
    assert ask("logs", "db").out == "here\n"


LIFECYCLES = """
import asyncio
import sys
from tierdeps import Lifecycle

class Plain(Lifecycle):
    def start(self, context):
        print("printed", "by", context.driver)
        print("to the standard error", file=sys.stderr)
        context.logger.warning("logged\\nin two lines")
        print("no end", end="")

class Async(Lifecycle):
    async def start(self, context):
        print("at once")
        await asyncio.gather(self.later())

    async def later(self):
        await asyncio.sleep(0)
        print("from a task")
"""


def test_what_lifecycles_print_and_log_is_kept_and_never_in_json(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("printing.py").write_text(LIFECYCLES)
    monkeypatch.syspath_prepend(str(Path.cwd()))
    Path("graph.toml").write_text(
        '[drivers.a]\nlifecycle = "printing:Plain"\n[drivers.b]\nrequires = ["a"]\nlifecycle = "printing:Async"\n'
    )
    answer = ask("start", "--once", "--format", "json", "graph.toml")
    assert all(json.loads(line)["schema"].startswith("tierdeps/") for line in answer.out.splitlines())
    lines = [json.loads(line) for line in ask("logs", "--format", "json").out.splitlines()]
    assert [(line["driver"], line["stream"], line["text"]) for line in lines] == [
        ("a", "stdout", "printed by a"),
        ("a", "stderr", "to the standard error"),
        ("a", "log", "logged"),
        ("a", "log", "in two lines"),
        ("b", "stdout", "at once"),
        ("b", "stdout", "from a task"),
        ("a", "stdout", "no end"),
    ]
    assert "printed by a\n" in answer.err
    assert answer.err.count("printed by a") == 1


def test_new_lines_follow_until_the_run_ends(host: Host) -> None:
    fifo = host.folder / "fifo"
    script = f"echo up; while read line < {fifo}; do echo got $line; done"
    text = f'[drivers.web]\ncommand = {json.dumps(["sh", "-c", script])}\nready = "log:up"\n'
    (host.folder / "graph.toml").write_text(text)
    os.mkfifo(fifo)
    assert host.ask("start", "--detach", "graph.toml").code == 0
    follower = host.begin("logs", "-f", "web")
    read_until(follower, "up")
    fifo.write_text("one\n")
    read_until(follower, "got one")
    assert host.ask("stop").code == 0
    out, err = follower.communicate(timeout=60)
    assert (follower.returncode, out, err) == (0, "", "note: graph.toml has ended\n")
    assert host.ask("logs", "web").out == "up\ngot one\n"


def test_the_end_of_a_killed_run_ends_its_followers_too(host: Host) -> None:
    host.graph({"web": ()})
    assert host.ask("start", "--detach", "graph.toml").code == 0
    follower = host.begin("logs", "-f")
    (run,) = host.alive()
    os.kill(run.info.pid, signal.SIGKILL)
    out, err = follower.communicate(timeout=60)
    assert (follower.returncode, out, err) == (0, "", "note: graph.toml has ended\n")
    wait_for(lambda: not host.running(), "the end of what the guard stops")


def test_a_reader_that_has_enough_is_no_error(ask: Ask, host: Host) -> None:
    script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done"
    text = f'[drivers.web]\ncommand = {json.dumps(["sh", "-c", script])}\nready = "exit"\n'
    (host.folder / "graph.toml").write_text(text)
    ask("start", "--once", "-q", "graph.toml")
    process = host.begin("logs", "web")
    read_until(process, "line 1")
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(60) == 0


def test_what_a_process_wrote_that_was_left_running_is_shown(host: Host) -> None:
    script = "echo out; echo err >&2; exec sleep 1000"
    text = f"[drivers.web]\ncommand = {json.dumps(['sh', '-c', script])}\nready = 'log:err'\n[drivers.db]\n"
    (host.folder / "graph.toml").write_text(text)
    assert host.ask("start", "--leave-running", "graph.toml").code == 0
    assert host.ask("logs", "web").out == "out\nerr\n"
    assert host.ask("logs", "-n", "1").out == "web | err\n"
    assert host.ask("stop", "--left", "graph.toml").code == 0
