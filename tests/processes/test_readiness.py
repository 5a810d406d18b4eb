"""The readiness checks of processes."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import LISTEN, PYTHON, run, start
from tierdeps import Driver, requires
from tierdeps.model import Process, State

if TYPE_CHECKING:
    from pathlib import Path

SERVE = """
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        Handler.asked += 1
        code = 503 if Handler.asked < 3 else {code}
        self.send_response(code if self.path == "/health?deep=1" else 404)
        self.end_headers()
    def log_message(self, *arguments): pass
server = http.server.HTTPServer(("127.0.0.1", {port}), Handler)
{secure}
server.serve_forever()
"""
NOTIFY = """
import os, signal, socket
address = os.environ["NOTIFY_SOCKET"].replace("@", "\\0", 1)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
    s.connect(address)
    s.send(b"STATUS=loading\\nMAINPID=1")
    {last}
signal.pause()
"""


def test_without_a_check_a_running_process_is_ready() -> None:
    assert start(Process(("sleep", "1000"))) == ""


def test_tcp_is_ready_when_the_port_is_open(port: int) -> None:
    assert start(Process((*PYTHON, LISTEN.format(port=port)), f"tcp:127.0.0.1:{port}")) == ""


@pytest.mark.parametrize("code", [200, 204, 301])
def test_http_is_ready_when_the_answer_is_good(port: int, code: int) -> None:
    serve = SERVE.format(port=port, code=code, secure="")
    assert start(Process((*PYTHON, serve), f"http://127.0.0.1:{port}/health?deep=1")) == ""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl to make a certificate")
def test_https_accepts_a_self_signed_certificate(port: int, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=nobody"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    secure = (
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
        f"context.load_cert_chain({str(certificate)!r}, {str(key)!r})\n"
        "server.socket = context.wrap_socket(server.socket, server_side=True)"
    )
    serve = SERVE.format(port=port, code=200, secure=secure)
    assert start(Process((*PYTHON, serve), f"https://127.0.0.1:{port}/health?deep=1")) == ""


def test_exec_is_ready_when_a_command_exits_with_0(tmp_path: Path) -> None:
    mark = tmp_path / "a mark"
    script = f"sleep 0.2; touch '{mark}'; exec sleep 1000"
    assert start(Process(("sh", "-c", script), f"exec:test -e '{mark}'")) == ""


def test_exec_runs_where_the_process_does(tmp_path: Path) -> None:
    (tmp_path / "here").touch()
    command = 'exec:sh -c "test -e here && test $COLOUR = blue"'
    assert start(Process(("sleep", "1000"), command, (("COLOUR", "blue"),), cwd=str(tmp_path))) == ""


@pytest.mark.parametrize("script", ["sleep 0.1; echo now listening on 80", "printf 'listening on 80, password: '"])
def test_log_is_ready_when_a_line_matches(script: str) -> None:
    assert start(Process(("sh", "-c", f"echo boot; {script}; exec sleep 1000"), r"log:listening on \d+")) == ""


def test_notify_is_ready_when_it_sends_ready() -> None:
    script = NOTIFY.format(last='s.send(b"STATUS=serving\\nREADY=1")')
    assert start(Process((*PYTHON, script), "notify")) == ""


def test_notify_closes_received_descriptors() -> None:
    """As sd_notify_barrier does, which waits until the other end of a pipe is closed."""
    barrier = (
        "r, w = os.pipe(); socket.send_fds(s, [b'BARRIER=1'], [w]); os.close(w); os.read(r, 1); s.send(b'READY=1')"
    )
    assert start(Process((*PYTHON, NOTIFY.format(last=barrier)), "notify")) == ""


def test_exit_is_ready_when_it_is_done_and_dependents_start_after_that(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    report = run(
        Driver("step", process=Process(("sh", "-c", f"sleep 0.2; touch {mark}"), "exit")),
        Driver("web", dependencies=(requires("step"),), process=Process(("test", "-e", str(mark)), "exit")),
    )
    assert report.ok
    assert [outcome.state for outcome in report.outcomes] == [State.READY, State.READY]


def test_exit_is_not_ready_while_it_runs() -> None:
    assert start(Process(("sh", "-c", "echo boot; exec sleep 1000"), "exit"), timeout=0.5) == (
        "the process was not ready within 0.5 s (exit): it is still running; last output: boot"
    )


def test_it_starts_in_the_first_phase_and_is_ready_in_the_last(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"until test -e {mark}; do sleep 0.01; done; echo go; exec sleep 1000"
    web = Driver("web", phases=("spawn", "warm", "serve"), process=Process(("sh", "-c", script), "log:go"))
    step = Driver("step", dependencies=(requires("web:spawn"),), process=Process(("touch", str(mark)), "exit"))
    assert run(web, step).ok


def test_its_one_phase_may_have_another_name() -> None:
    assert run(Driver("web", phases=("auto-start",), process=Process(("false",), "exit")))["web"].reason != ""
