"""The stack of graphs/stack.toml, really started: PostgreSQL, Redis and nginx from Debian, and its application."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tierdeps.processes.proc import ProcessMatcher, signal_process
from tierdeps.processes.scan import Scan

ROOT = Path(__file__).parents[2]
ADDRESS, REDIS, APP, WEB, POSTGRES = "127.0.0.1", 56379, 58081, 58080, 55432
AS_POSTGRES = str(ROOT / "examples/stack/as-postgres")


def missing() -> str:
    """Name what is not installed."""
    found = {
        "postgresql": any(Path("/usr/lib/postgresql").glob("*/bin/postgres")),
        "redis-server": shutil.which("redis-server") is not None,
        "nginx-light": Path("/usr/sbin/nginx").exists(),
    }
    return " ".join(package for package, there in found.items() if not there)


pytestmark = pytest.mark.skipif(bool(missing()), reason=f"to be tried with the Debian packages {missing()}")


def redis(*words: str) -> str:
    """Ask Redis, in its own words."""
    with socket.create_connection((ADDRESS, REDIS), 10) as connection:
        connection.sendall((" ".join(words) + "\r\n").encode())
        return connection.recv(4096).decode().strip()


def sql(statement: str) -> str:
    """Ask PostgreSQL."""
    command = [AS_POSTGRES, "psql", "--host", ADDRESS, "--port", str(POSTGRES), "--username", "postgres"]
    done = subprocess.run([*command, "-Atqc", statement], capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.strip()


def test_it_answers_and_leaves_nothing(tmp_path: Path) -> None:
    # Not below the folder of pytest, where only its own user gets: PostgreSQL has one of its own.
    folder = Path(f"/tmp/tierdeps-stack-{os.getpid()}")  # noqa: S108  made by who is sure that it is his
    graph = tmp_path / "stack.toml"
    graph.write_text((ROOT / "graphs/stack.toml").read_text().replace("/tmp/tierdeps-stack", str(folder)))  # noqa: S108
    mark = f"TIERDEPS_TEST={os.urandom(8).hex()}"
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tierdeps", "start", str(graph)],
        cwd=ROOT,
        env=environment | dict([mark.split("=")]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "all drivers are ready" in line:
                break
        else:
            raise AssertionError(said)
        assert sql("insert into visits (path) values ('/') returning path") == "/"
        assert (redis("SET", "answer", "42"), redis("GET", "answer").split()[-1]) == ("+OK", "42")
        with urlopen(f"http://{ADDRESS}:{WEB}/", timeout=10) as answer:
            assert answer.read() == b"visit 1\n"
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[0]
        assert process.returncode == 0, said
        assert said.index("nginx stopped") < said.index("app stopping") < said.index("postgres stopping")
        assert not Scan().find(ProcessMatcher((frozenset({mark.encode()}),)))
        for port in (REDIS, APP, WEB, POSTGRES):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((ADDRESS, port), 10)
    finally:
        process.kill()
        process.communicate()
        for one in Scan().find(ProcessMatcher((frozenset({mark.encode()}),))):
            signal_process(one, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
