"""Output that is not read, by a pager, Ctrl-S or a hung pipe: the run goes on, and ends on request."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from time import sleep
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, wait_for
from tests.cli.pipes import Unread, begin
from tests.cli.run.test_interrupts import hears
from tierdeps.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.hosts import Host

#: Prints more than all pipes on its way can hold, and then that it is done, which needs a reader.
FLOOD = f"""
[drivers.db]
command = [{json.dumps(sys.executable)}, "-u", "-c", '''
import pathlib, time
for number in range(20000): print("line", number, "x" * 60)
pathlib.Path("flooded").touch()
time.sleep(600)
''']
"""
#: A lifecycle that prints on the event loop, and a plain one.
PRINTS = """
import pathlib, sys
from tierdeps import Lifecycle

class Loud(Lifecycle):
    async def start(self, context):
        for number in range(20000):
            print("line", number, "x" * 60)
            sys.stderr.write("and more\\n")
        pathlib.Path("flooded").touch()
    def stop(self, context):
        for number in range(20000):
            print("line", number, "x" * 60)
        pathlib.Path("stopped").touch()
"""


class Frozen:
    """A run in the foreground whose readers do not read."""

    def __init__(self, host: Host) -> None:
        self.folder = host.folder
        self._host = host
        self.pipes = [Unread(), Unread()]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, together: bool = False) -> subprocess.Popen[bytes]:
        out, err = (self.pipes[0].writer, self.pipes[0 if together else 1].writer)
        self._process = begin(self.folder, "start", "graph.toml", *options, out=out, err=err)
        return self._process

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def frozen(host: Host) -> Iterator[Frozen]:
    (host.folder / "graph.toml").write_text(FLOOD)
    made = Frozen(host)
    yield made
    made.end()


def flooded(folder: Path) -> None:
    wait_for((folder / "flooded").exists, "the end of what the driver says")


def is_up() -> bool:
    with Journal.open(readonly=True) as journal:
        return any(run.ready_at is not None for run in journal.alive())


@pytest.mark.parametrize(
    ("options", "together"),
    [((), False), (("-v",), True), (("--format", "json"), True), (("--format", "json", "-v"), False)],
)
def test_a_run_starts_and_stops_although_its_output_is_not_read(
    frozen: Frozen, options: tuple[str, ...], *, together: bool
) -> None:
    process = frozen.start(*options, together=together)
    flooded(frozen.folder)
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIMEOUT_S) in (4, 130)  # its answer was not read; 130 where it was not up yet


def test_an_answer_that_is_not_read_exits_4(frozen: Frozen) -> None:
    process = frozen.start()
    flooded(frozen.folder)
    wait_for(is_up, "the end of the start")
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIMEOUT_S) == 4


def test_an_unread_standard_error_is_no_failure(frozen: Frozen) -> None:
    answer = frozen.folder / "answer"
    with answer.open("wb") as file:
        process = begin(frozen.folder, "start", "graph.toml", out=file.fileno(), err=frozen.pipes[1].writer)
        flooded(frozen.folder)
        wait_for(is_up, "the end of the start")
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT_S) == 0
    assert answer.read_text().splitlines()[-1].startswith("started and stopped")


def test_a_signal_ends_the_wait_for_readers_with_an_exit_code(frozen: Frozen) -> None:
    process = frozen.start("--once")

    def is_over() -> bool:
        with Journal.open(readonly=True) as journal:
            return any(run.ended_at is not None for run in journal.runs())

    wait_for(is_over, "the end of the run")
    sleep(1)  # it closes the journal, and waits for its readers; where it is later or earlier than that, it is 4 too
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIMEOUT_S) == 4


def test_an_unread_answer_is_reported_on_the_standard_error(frozen: Frozen) -> None:
    errors = frozen.folder / "errors"
    with errors.open("wb") as file:
        process = begin(frozen.folder, "start", "graph.toml", "--once", out=frozen.pipes[0].writer, err=file.fileno())
        assert process.wait(TIMEOUT_S) == 4
    assert errors.read_text().endswith("error: the output is incomplete: its reader closed the pipe\n")
    assert "Traceback" not in errors.read_text()


def test_a_stop_ends_a_run_whose_output_is_not_read(frozen: Frozen, host: Host) -> None:
    process = frozen.start()
    flooded(frozen.folder)
    answer = host.ask("stop", "--fast")
    assert answer.code == 0, answer.err
    assert "db stopped" in answer.out
    process.wait(TIMEOUT_S)


def test_a_run_whose_output_is_not_read_can_be_reloaded(frozen: Frozen, host: Host) -> None:
    frozen.start()
    flooded(frozen.folder)
    wait_for(is_up, "the end of the start")
    with (frozen.folder / "graph.toml").open("a") as file:
        file.write(f'\n[drivers.web]\nrequires = ["db"]\ncommand = {host.command("web")}\n')
    answer = host.ask("reload")
    assert answer.code == 0, answer.err
    assert host.ask("stop").code == 0


def test_printing_drivers_do_not_block(frozen: Frozen) -> None:
    (frozen.folder / "prints.py").write_text(PRINTS)
    (frozen.folder / "graph.toml").write_text('[drivers.loud]\nlifecycle = "prints:Loud"\n')
    process = frozen.start()
    flooded(frozen.folder)
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIMEOUT_S) in (4, 130)
    assert (frozen.folder / "stopped").exists()


def test_a_reader_that_resumes_gets_everything_in_order(frozen: Frozen) -> None:
    (frozen.folder / "graph.toml").write_text("".join(f"[drivers.d{number:03}]\n" for number in range(500)))
    process = frozen.start("--once", "--format", "json")
    text = frozen.pipes[0].read()
    process.wait(TIMEOUT_S)
    documents = [json.loads(line) for line in text.splitlines()]
    assert documents[-1]["schema"] == "tierdeps/report/1"
    assert len(documents[-1]["outcomes"]) == 500
    assert [each["at"] for each in documents[:-1]] == sorted(each["at"] for each in documents[:-1])
    assert {each["driver"] for each in documents[:-1] if each["state"] == "stopped"} == {
        f"d{number:03}" for number in range(500)
    }


@pytest.mark.parametrize("at_once", [300, 4096])
def test_a_slow_reader_gets_everything_with_the_report(frozen: Frozen, at_once: int) -> None:
    (frozen.folder / "graph.toml").write_text("".join(f"[drivers.d{number:03}]\n" for number in range(100)))
    process = frozen.start("--once", "--format", "json")
    pipe = frozen.pipes[0]
    os.close(pipe.writer)
    text = b""
    while part := os.read(pipe.reader, at_once):
        text += part
    assert process.wait(TIMEOUT_S) == 0
    assert json.loads(text.splitlines()[-1])["schema"] == "tierdeps/report/1"


def test_a_blocked_terminal_does_not_delay_a_stop(frozen: Frozen, host: Host) -> None:
    host.graph({"a": ()})
    own, theirs = os.openpty()
    process = begin(frozen.folder, "start", "graph.toml", out=theirs, err=theirs)
    shown = b""
    while b"running for" not in shown:
        shown += os.read(own, 4096)
    termios.tcflow(theirs, termios.TCOOFF)
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIMEOUT_S) == 4
    assert host.running() == {}
    os.close(theirs)
    os.close(own)


def test_a_terminal_stopped_by_ctrl_s_is_resumed_and_restored_at_the_end(frozen: Frozen, host: Host) -> None:
    host.graph({"a": ()})
    pid, own = os.forkpty()
    if pid == 0:
        os.chdir(frozen.folder)
        os.execv(sys.executable, [sys.executable, "-m", "tierdeps", "start", "graph.toml"])  # noqa: S606  the test's own
    shown = b""
    while b"started " not in shown:
        shown += os.read(own, 4096)
    os.write(own, b"\x13")
    wait_for(lambda: not select.select([own], [], [], 0.5)[0] or not os.read(own, 4096), "the end of what is shown")
    os.kill(pid, signal.SIGTERM)
    shown = b""
    with suppress(OSError):  # nobody holds its other end
        while part := os.read(own, 4096):
            shown += part
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")
    assert b"started and stopped " in shown
    os.close(own)


def test_an_instance_in_the_background_survives_a_caller_whose_output_is_not_read(
    frozen: Frozen, host: Host, state: Path
) -> None:
    process = frozen.start("--detach")
    flooded(frozen.folder)
    assert process.wait(TIMEOUT_S) == 4
    (run,) = host.alive()
    assert run.ready_at is not None
    answer = host.ask("stop")
    assert answer.code == 0, answer.err
    (log,) = (state / "tierdeps" / "log").iterdir()
    assert "db stopped" in log.read_text()


@pytest.mark.parametrize("words", ["start -", "check -", "order -"])
def test_a_signal_before_a_run_ends_a_command_whatever_its_readers_do(host: Host, words: str) -> None:
    out, err = Unread(), Unread()
    process = subprocess.Popen(
        [sys.executable, "-m", "tierdeps", *words.split()],
        cwd=host.folder,
        stdin=subprocess.PIPE,
        stdout=out.writer,
        stderr=err.writer,
    )
    wait_for(lambda: hears(process.pid), "handlers")
    sleep(0.3)  # until it reads, on an idle machine; whatever it does, it is to end
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIMEOUT_S) == 130
    process.communicate()
    assert (out.read(), err.read()) == ("", "")


@pytest.mark.parametrize("options", [(), ("--detach",)])
def test_a_start_that_is_refused_waits_for_no_reader(host: Host, options: tuple[str, ...]) -> None:
    (host.folder / "graph.toml").write_text('[drivers.a]\nrequires = ["b"]\n')
    out, err = Unread(), Unread()
    process = begin(host.folder, "start", "graph.toml", *options, out=out.writer, err=err.writer)
    assert process.wait(TIMEOUT_S) == 1
    assert (out.read(), err.read()) == ("", "")


def test_a_start_in_the_background_that_is_killed_is_reported_without_waiting_for_a_reader(host: Host) -> None:
    (host.folder / "graph.toml").write_text('[drivers.a]\ncommand = ["sleep", "1000"]\nready = "log:never"\n')
    out, err = Unread(), Unread()
    process = begin(host.folder, "start", "graph.toml", "--detach", out=out.writer, err=err.writer)
    wait_for(host.alive, "the run in the journal")
    (run,) = host.alive()
    os.kill(run.info.pid, signal.SIGKILL)
    assert process.wait(TIMEOUT_S) == 4
    assert (out.read(), err.read()) == ("", "")
