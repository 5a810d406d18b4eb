"""Foreign files, folders and processes are neither trusted nor changed, whatever is in the place of our state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, read_until
from tests.obstacles import IN_PLACE_OF_A_FILE, IN_PLACE_OF_A_FOLDER, OTHER_USER, Obstacle, each, give_away
from tierdeps import DependencyGraph
from tierdeps._util.frozen import replace
from tierdeps._util.process_id import process_stamp
from tierdeps.cli.run.background import log_of
from tierdeps.control.client import ProcessHandle
from tierdeps.errors import RunError
from tierdeps.journal import Journal, RunInfo, instance_of, journal_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ask
    from tests.cli.hosts import Host

    Make = Callable[[Path], None]


@each(IN_PLACE_OF_A_FOLDER)
def test_a_run_goes_on_without_a_foreign_state_folder(ask: Ask, state: Path, kind: str, make: Make) -> None:
    obstacle = Obstacle(state / "tierdeps", kind, make)
    graph = state.with_name(f"{state.name}.toml")
    graph.write_text('[drivers.a]\ncommand = ["true"]\nready = "exit"\n')
    answer = ask("start", str(graph), "--once")
    assert answer.code == 0
    assert f"note: this run is not recorded: the journal {state}/tierdeps/journal.sqlite cannot be opened" in answer.err
    assert f"{obstacle.path} {obstacle.words}" in answer.err
    assert obstacle.is_untouched()


@pytest.mark.parametrize("command", [("status",), ("status", "--list"), ("timeline",), ("stop",), ("reload",)])
@each(IN_PLACE_OF_A_FOLDER)
def test_nothing_is_read_from_a_foreign_state_folder(
    ask: Ask, state: Path, command: tuple[str, ...], kind: str, make: Make
) -> None:
    obstacle = Obstacle(state / "tierdeps", kind, make)
    answer = ask(*command)
    assert (answer.code, answer.out) == (4, "")
    assert f"cannot be opened: {obstacle.path} {obstacle.words}" in answer.err
    assert obstacle.is_untouched()


@pytest.mark.parametrize("place", ["", "log"])
@each(IN_PLACE_OF_A_FOLDER)
def test_nothing_starts_in_the_background_if_the_folder_of_its_log_is_foreign(
    host: Host, state: Path, place: str, kind: str, make: Make
) -> None:
    obstacle = Obstacle(state / "tierdeps" / place, kind, make)
    host.graph({"a": ()})
    answer = host.ask("start", "graph.toml", "--detach")
    assert answer.code == 4
    assert f"cannot be written: {obstacle.path} {obstacle.words}" in answer.err
    assert obstacle.is_untouched()
    assert host.running() == {}


@pytest.mark.parametrize("suffix", [".log", ".old"])
@each(IN_PLACE_OF_A_FILE)
def test_nothing_starts_in_the_background_if_its_log_is_foreign(host: Host, suffix: str, kind: str, make: Make) -> None:
    host.graph({"a": ()})
    log = log_of(instance_of((str(host.folder / "graph.toml"),)))
    obstacle = Obstacle(log.with_suffix(suffix), kind, make)
    if suffix == ".old":
        with log.open("wb") as file:
            file.truncate(9 << 20)
    answer = host.ask("start", "graph.toml", "--detach")
    assert answer.code == 4
    assert f"the log {log} cannot be written: {obstacle.path} {obstacle.words}" in answer.err
    assert obstacle.is_untouched()
    assert host.running() == {}


@each(IN_PLACE_OF_A_FOLDER)
def test_a_run_without_a_place_for_its_socket_stops_by_signals(host: Host, state: Path, kind: str, make: Make) -> None:
    obstacle = Obstacle(state / "tierdeps" / "run", kind, make)
    host.graph({"a": ()})
    process = host.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    assert host.ask("stop").code == 0
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert f"only signals stop it, and it cannot be reloaded: {obstacle.path} {obstacle.words}" in err
    assert obstacle.is_untouched()


@pytest.fixture(name="foreign")
def _foreign() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "1000"]) as process:  # noqa: S607
        yield process
        process.kill()


def plant(host: Host, pid: int) -> None:
    """Record that a process is a run: its number, its start and the boot agree."""
    plan = DependencyGraph.from_names({"a": []}).collapse()
    instance = instance_of((str(host.folder / "graph.toml"),))
    info = replace(RunInfo.here(instance, plan.digest), pid=pid, started=process_stamp(pid))
    with Journal.open() as journal:
        journal.start_run(info, plan)


@pytest.mark.parametrize("options", [(), ("--fast",), ("graph.toml",)])
def test_a_process_that_is_no_instance_is_not_stopped_whatever_the_journal_says(
    host: Host, foreign: subprocess.Popen[bytes], options: tuple[str, ...]
) -> None:
    plant(host, foreign.pid)
    answer = host.ask("stop", *options)
    assert answer.code == 4
    assert f"the journal has process {foreign.pid} as that of graph.toml, but it is no run of tierdeps" in answer.err
    assert foreign.poll() is None


@pytest.mark.parametrize("options", [(), ("--fast",), ("graph.toml",)])
def test_records_of_another_user_stop_nothing(
    host: Host, state: Path, foreign: subprocess.Popen[bytes], options: tuple[str, ...]
) -> None:
    plant(host, foreign.pid)
    for path in (state / "tierdeps", *(state / "tierdeps").rglob("*")):
        give_away(path)
    answer = host.ask("stop", *options)
    assert answer.code == 4
    assert f"belongs to the user with the id {OTHER_USER}" in answer.err
    assert foreign.poll() is None


def test_a_process_without_a_start_time_is_not_signalled(foreign: subprocess.Popen[bytes]) -> None:
    with ProcessHandle(foreign.pid, "") as process, pytest.raises(RunError, match="its start time is unknown"):
        process.signal(signal.SIGTERM)
    assert foreign.poll() is None


@pytest.mark.parametrize(
    ("user", "words", "expected"),
    [(None, "/bin/tierdeps start", True), (None, "sleep", False), (OTHER_USER, "/bin/tierdeps start", False)],
)
def test_an_instance_is_this_users_and_runs_tierdeps(user: int | None, words: str, expected: bool) -> None:
    if user is not None and os.geteuid():
        pytest.skip("only root starts processes of others")
    waits = ["sh", "-c", "echo waits; read line", words]
    with subprocess.Popen(waits, user=user, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with ProcessHandle(process.pid, process_stamp(process.pid)) as watched:
            assert watched.is_instance(journal_path()) is expected
        process.kill()


def test_an_instance_under_another_name_has_the_journal_open(foreign: subprocess.Popen[bytes]) -> None:
    with Journal.open():
        script = "import sys, time; file = open(sys.argv[1]); print(flush=True); time.sleep(1000)"
        own = [sys.executable, "-c", script, os.path.relpath(journal_path(), journal_path().parent)]
        with subprocess.Popen(own, cwd=journal_path().parent, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            for pid, expected in ((process.pid, True), (foreign.pid, False)):
                with ProcessHandle(pid, process_stamp(pid)) as watched:
                    assert watched.is_instance(journal_path().resolve()) is expected
            process.kill()
