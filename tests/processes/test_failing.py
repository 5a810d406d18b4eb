"""What keeps a process from becoming ready is said in one sentence."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import LISTEN, PYTHON, run, start
from tierdeps import Driver
from tierdeps.model import Policy, Process

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = "the process cannot be started: "
NOT_READY = "the process was not ready within 0.5 s ({ready}): {wrong}"


def test_a_program_that_is_not_there() -> None:
    assert (
        start(Process(("nonesuch",)))
        == f"{BEGIN}the program 'nonesuch' is not on the PATH; install it, or write its path"
    )
    assert start(Process(("/nonesuch",))) == f"{BEGIN}there is no file '/nonesuch'"
    assert start(Process(("/usr",))) == f"{BEGIN}'/usr' is a folder, not a program"


def test_a_name_that_no_environment_can_hold() -> None:
    report = run(Driver("a\0b", process=Process(("true",))))
    assert report["a\0b"].reason == f"{BEGIN}its driver has a null byte in its name; rename it"
    assert report["a\0b"].stop_error == ""


def test_a_program_on_a_path_of_its_own(tmp_path: Path) -> None:
    program = tmp_path / "special"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    assert start(Process(("special",), "exit", (("PATH", f"{tmp_path}:/usr/bin:/bin"),))) == ""
    assert start(Process(("./special",), "exit", cwd=str(tmp_path))) == ""


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ("#!/nonesuch\n", 0o755, "No such file or directory"),
        ("neither fish nor flesh", 0o755, "Exec format error"),
        ("#!/bin/sh\n", 0o644, "Permission denied"),
    ],
)
def test_a_file_that_cannot_be_run(tmp_path: Path, text: str, mode: int, reason: str) -> None:
    program = tmp_path / "program"
    program.write_text(text)
    program.chmod(mode)
    assert start(Process((str(program),))) == f"{BEGIN}{program}: {reason}"


def test_a_folder_or_a_user_that_is_not_there() -> None:
    assert (
        start(Process(("true",), cwd="/nonesuch")) == f"{BEGIN}the folder '/nonesuch' does not exist; correct its cwd"
    )
    assert start(Process(("true",), user="nonesuch")) == f"{BEGIN}there is no user 'nonesuch'"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs anything as somebody else")
def test_it_runs_as_its_user_and_with_the_home_of_that_one(tmp_path: Path) -> None:
    script = 'test "$(id -un) $USER $HOME" = "nobody nobody $(getent passwd nobody | cut -d: -f6)"'
    assert start(Process(("sh", "-c", script), "exit", user="nobody", cwd="/")) == ""


def test_an_end_before_it_was_ready() -> None:
    process = Process(("sh", "-c", "echo one; echo; printf two >&2; exit 3"), "log:never")
    assert start(process) == "the process exited with code 3 before it was ready; last output: one | two"
    assert start(Process(("sh", "-c", "kill -SEGV $$"), "log:never")) == (
        "the process was killed by SIGSEGV before it was ready"
    )


def test_a_step_that_fails() -> None:
    assert start(Process(("sh", "-c", "echo no; exit 1"), "exit")) == (
        "the process exited with code 1; last output: no"
    )


def test_a_port_on_which_nothing_listens(port: int) -> None:
    ready = f"tcp:127.0.0.1:{port}"
    reason = NOT_READY.format(ready=ready, wrong="connection refused")
    assert start(Process(("sh", "-c", "echo boot; exec sleep 1000"), ready), timeout=0.5) == (
        f"{reason}; last output: boot"
    )


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [("HTTP/1.1 500 Oh", "the answer is 500"), ("SSH-2.0", "the answer is not HTTP"), ("", "the answer is not HTTP")],
)
def test_an_answer_that_is_not_good(port: int, answer: str, wrong: str) -> None:
    program = (
        f"import socket\ns = socket.create_server(('127.0.0.1', {port}))\n"
        f"while True:\n    c = s.accept()[0]; c.recv(9999); c.send({answer + chr(10)!r}.encode()); c.close()"
    )
    ready = f"http://127.0.0.1:{port}"
    reason = start(Process((*PYTHON, program), ready), timeout=1.0)
    assert reason == NOT_READY.format(ready=ready, wrong=wrong).replace("0.5", "1")


def test_a_command_that_fails_or_cannot_be_run() -> None:
    no = "exec:sh -c 'echo not yet; exit 2'"
    wrong = NOT_READY.format(ready=no, wrong="sh exited with code 2: not yet")
    assert start(Process(("sleep", "1000"), no), timeout=0.5) == wrong
    assert start(Process(("sleep", "1000"), "exec:nonesuch --now")) == (
        f"{BEGIN}the program 'nonesuch' is not on the PATH; install it, or write its path"
    )


def test_a_line_or_a_word_that_never_comes() -> None:
    assert start(Process(("sleep", "1000"), "log:ready"), timeout=0.5) == NOT_READY.format(
        ready="log:ready", wrong="no line of its output matches"
    )
    assert start(Process(("sleep", "1000"), "notify"), timeout=0.5) == NOT_READY.format(
        ready="notify", wrong="it sent no READY=1"
    )


def test_what_it_is_busy_with() -> None:
    program = (
        "import os, signal, socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "s.connect(os.environ['NOTIFY_SOCKET'].replace('@', chr(0), 1)); s.send(b'STATUS=replaying the log')\n"
        "signal.pause()"
    )
    reason = start(Process((*PYTHON, program), "notify"), timeout=1.0)
    assert reason.endswith("it sent no READY=1; its last status: replaying the log")


def test_another_process_that_answers_already(port: int) -> None:
    ready = f"tcp:127.0.0.1:{port}"
    with socket.create_server(("127.0.0.1", port)):
        assert start(Process((*PYTHON, LISTEN.format(port=port)), ready)) == (
            f"something else answers at {ready} already: stop it, or use another port"
        )


def test_another_attempt_ends_the_one_before(port: int, tmp_path: Path) -> None:
    """Otherwise the second one could not listen."""
    program = (
        f"import os, socket, signal\ns = socket.create_server(('127.0.0.1', {port}))\n"
        f"print('second' if os.path.exists({str(tmp_path / 'mark')!r}) else 'first')\n"
        f"open({str(tmp_path / 'mark')!r}, 'w'); signal.pause()"
    )
    policy = Policy(retries=1, backoff=0.01, timeout=1.0)
    assert run(Driver("web", process=Process((*PYTHON, program), "log:second"), policy=policy)).ok
