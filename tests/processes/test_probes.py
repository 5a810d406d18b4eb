"""The requests of probes, and their results."""

from __future__ import annotations

import asyncio
import os
import socket
from threading import Thread

import pytest

from tierdeps.processes import probes
from tierdeps.processes.probes import ExecProbe, HttpProbe, Probe, TcpProbe
from tierdeps.processes.spawn import SpawnOptions


def attempt(probe: Probe) -> str:
    return asyncio.run(probe.attempt())


@pytest.mark.parametrize(
    ("rest", "path", "host"),
    [
        ("", "/", "127.0.0.1:{port}"),
        ("/", "/", "127.0.0.1:{port}"),
        ("/a/b?c=d&e", "/a/b?c=d&e", "127.0.0.1:{port}"),
        ("?c", "/?c", "127.0.0.1:{port}"),
    ],
)
@pytest.mark.parametrize("user", ["", "me:secret@"])
def test_an_http_request_is_short_and_without_the_password(rest: str, path: str, host: str, user: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asked: list[bytes] = []

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                asked.append(connection.recv(9999))
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        thread = Thread(target=answer)
        thread.start()
        assert attempt(HttpProbe(f"http://{user}127.0.0.1:{port}{rest}")) == ""
        thread.join()
    lines = [f"GET {path} HTTP/1.1", f"Host: {host.format(port=port)}", "User-Agent: tierdeps", "Accept: */*"]
    assert asked == ["\r\n".join((*lines, "Connection: close", "", "")).encode()]


def test_nobody_listens_on_any_address_of_a_name(port: int) -> None:
    assert attempt(TcpProbe(f"localhost:{port}")) == "connection refused"
    assert attempt(TcpProbe(f"127.0.0.1:{port}")) == "connection refused"
    assert attempt(HttpProbe(f"http://localhost:{port}")) == "connection refused"


def test_an_address_in_brackets_is_one_without_them() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert attempt(TcpProbe(f"[127.0.0.1]:{server.getsockname()[1]}")) == ""


def test_a_server_that_accepts_without_an_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "ATTEMPT_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert attempt(HttpProbe(url)) == "no answer within 0.05 s"


def test_a_command_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "ATTEMPT_TIMEOUT_S", 0.05)
    assert attempt(ExecProbe("sleep 1000", SpawnOptions(os.environ))) == "sleep did not end within 0.05 s"


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("true", ""),
        ("false", "false exited with code 1"),
        ("sh -c 'echo a; echo b; exit 2'", "sh exited with code 2: b"),
        ("sh -c 'printf a; kill $$'", "sh was killed by SIGTERM: a"),
    ],
)
def test_the_last_line_of_a_command_is_the_problem(command: str, wrong: str) -> None:
    assert attempt(ExecProbe(command, SpawnOptions(os.environ))) == wrong


def test_an_address_that_is_no_text_is_requested_all_the_same(port: int) -> None:
    assert attempt(HttpProbe(f"http://127.0.0.1:{port}/\udcff")) == "connection refused"
