"""``tierdeps stop``, as processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, read_until, wait_for
from tierdeps import DependencyGraph
from tierdeps._util.frozen import replace
from tierdeps._util.process_id import process_stamp
from tierdeps.journal import Journal, RunInfo, instance_of

if TYPE_CHECKING:
    from tests.cli.hosts import Host

DEEDS = """
import asyncio, time
from tierdeps import Lifecycle

class Quick(Lifecycle):
    async def start(self, context): pass

class Slow(Lifecycle):
    async def start(self, context): await asyncio.sleep(600)

class Lingers(Lifecycle):
    async def start(self, context): pass
    async def stop(self, context): await asyncio.sleep(600)

class Fails(Lifecycle):
    async def start(self, context): pass
    async def stop(self, context): raise OSError("still mounted")
"""


def deed(host: Host, kind: str) -> None:
    (host.folder / "deeds.py").write_text(DEEDS)
    (host.folder / "graph.toml").write_text(f'[drivers.a]\nlifecycle = "deeds:{kind}"\n')


def socket_of(host: Host) -> Path:
    (run,) = host.alive()
    return Path(run.info.socket)


def test_quiet_changes_print_no_events_but_what_came_of_them(host: Host) -> None:
    host.graph({"a": (), "b": ("a",)})
    assert host.ask("start", "--detach", "graph.toml").code == 0
    assert host.ask("restart", "a", "--quiet").out.splitlines() == ["2 drivers stopped, 2 started"]
    host.graph({"a": (), "b": ("a",), "c": ()})
    (summary,) = host.ask("reload", "--quiet").out.splitlines()
    assert summary.startswith("started 3 of 3 drivers in ")
    stopped, summary = host.ask("stop", "--quiet").out.splitlines()
    assert stopped.startswith("stopped: ")
    assert summary.startswith("started and stopped 3 of 3 drivers in ")


def test_stops_in_reverse_order_and_prints_the_report(host: Host) -> None:
    host.graph({"a": (), "b": ("a",)})
    host.ask("start", "graph.toml", "--detach")
    answer = host.ask("stop")
    assert answer.code == 0
    told = [line[8:].strip() for line in answer.out.splitlines()]
    assert told[:4] == ["b stopping", "b stopped", "a stopping", "a stopped"]
    assert answer.out.splitlines()[-1].startswith("started and stopped 2 of 2 drivers")
    assert host.running() == {}


def test_json_is_an_event_a_line_and_the_report_last(host: Host) -> None:
    host.graph({"a": ()})
    host.ask("start", "graph.toml", "--detach")
    answer = host.ask("stop", "--format", "json")
    documents = [json.loads(line) for line in answer.out.splitlines()]
    assert [(one["driver"], one["state"]) for one in documents[:-1]] == [("a", "stopping"), ("a", "stopped")]
    assert documents[-1]["schema"] == "tierdeps/report/1"


def test_an_instance_in_the_foreground_is_stopped_and_exits_0(host: Host) -> None:
    host.graph({"a": ()})
    process = host.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    assert host.ask("stop", "graph.toml").code == 0
    out, _ = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert "a stopped" in out


def test_a_start_that_is_stopped_before_its_end_exits_130(host: Host) -> None:
    deed(host, "Slow")
    process = host.begin("start", "graph.toml")
    read_until(process, "a starting")
    answer = host.ask("stop")
    assert answer.code == 0
    assert "cancelled: a" in answer.out
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130


def test_concurrent_stops_all_see_the_end(host: Host) -> None:
    host.graph({f"d{number}": () for number in range(5)})
    host.ask("start", "graph.toml", "--detach")
    stops = [host.begin("stop", "graph.toml") for _ in range(4)]
    told = [process.communicate(timeout=TIMEOUT_S) for process in stops]
    assert host.running() == {}
    for process, (_, err) in zip(stops, told, strict=True):
        assert process.returncode == 0 or "graph.toml is not running" in err
    assert 0 in {process.returncode for process in stops}


def test_a_failed_stop_exits_4_and_names_the_driver(host: Host) -> None:
    deed(host, "Fails")
    host.ask("start", "graph.toml", "--detach")
    answer = host.ask("stop")
    assert answer.code == 4
    assert "stop failed: a: OSError: still mounted" in answer.out


def test_the_deadline_ends_the_waiting_and_not_the_stop(host: Host) -> None:
    deed(host, "Lingers")
    host.ask("start", "graph.toml", "--detach")
    answer = host.ask("stop", "--deadline", "0.5")
    assert answer.code == 4
    assert "did not stop within 0.5 s, and is still stopping" in answer.err
    assert "tierdeps stop --fast" in answer.err
    answer = host.ask("stop", "--fast")
    assert answer.code == 4
    assert "stop failed: a: a:stop did not end within 1 s" in answer.out
    assert host.alive() == ()


def test_an_instance_that_does_not_answer_is_sent_a_signal(host: Host) -> None:
    host.graph({"a": ()})
    host.ask("start", "graph.toml", "--detach")
    socket_of(host).unlink()
    answer = host.ask("stop", "graph.toml")
    assert answer.code == 0
    assert "has no socket; sending it SIGTERM" in answer.err
    assert [line[8:].strip() for line in answer.out.splitlines()] == ["a stopping", "a stopped"]
    assert host.running() == {}


@pytest.mark.parametrize("options", [(), ("--fast",)])
def test_a_stop_is_accepted_however_many_connections_are_open(host: Host, options: tuple[str, ...]) -> None:
    host.graph({"a": ()})
    host.ask("start", "graph.toml", "--detach")
    path = socket_of(host)
    with ExitStack() as stack:
        for number in range(200):
            one = stack.enter_context(socket.socket(socket.AF_UNIX))
            one.settimeout(TIMEOUT_S)
            wait_for(partial(_connects, one, path), "a connection")
            one.send(b'{"type":"reload"}\n' if number % 4 == 0 else b"{" * (number % 2))
        answer = host.ask("stop", *options)
    assert (answer.code, answer.err) == (0, "")
    assert host.running() == {}


def _connects(one: socket.socket, path: Path) -> bool:
    return one.connect_ex(str(path)) == 0


REFUSES = """
import signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
print("listens", flush=True)
while True:
    connection, _ = listening.accept()
    connection.recv(1 << 16)
    connection.sendall(b'{"type":"notice","text":"error: not now","error":true}\\n{"type":"exit","code":4}\\n')
    connection.close()
"""


@pytest.mark.parametrize("options", [(), ("--fast",)])
def test_an_instance_that_refuses_is_sent_a_signal(host: Host, options: tuple[str, ...]) -> None:
    path = host.folder / "socket"
    with subprocess.Popen([sys.executable, "-c", REFUSES, path, "tierdeps"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        plan = DependencyGraph.from_names({"a": []}).collapse()
        instance = instance_of((str(host.folder / "graph.toml"),))
        info = RunInfo.here(instance, plan.digest, socket=str(path))
        with Journal.open() as journal:
            journal.start_run(replace(info, pid=process.pid, started=process_stamp(process.pid)), plan)
        answer = host.ask("stop", "--deadline", "1000", *options)
        process.kill()
    assert process.returncode == 0
    assert f"note: the instance with process ID {process.pid} cannot be reached: not now; sending it" in answer.err
    assert re.search(r"waiting up to (1,000|9\d\d) s for it to end", answer.err)
    assert answer.code == 4
    assert f"process {process.pid} ended before it had stopped everything" in answer.err


def test_with_fast_an_instance_that_does_not_answer_is_sent_two_signals(host: Host) -> None:
    deed(host, "Lingers")
    host.ask("start", "graph.toml", "--detach")
    socket_of(host).unlink()
    answer = host.ask("stop", "--fast")
    assert answer.code == 4
    assert "a:stop did not end within 1 s" in answer.out
    assert host.alive() == ()


def test_an_instance_that_is_killed_meanwhile_is_reported(host: Host) -> None:
    deed(host, "Lingers")
    host.ask("start", "graph.toml", "--detach")
    (run,) = host.alive()
    process = host.begin("stop")
    read_until(process, "a stopping")
    os.kill(run.info.pid, signal.SIGKILL)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 4
    assert "ended before it had stopped everything" in err


@pytest.mark.parametrize("command", ["stop", "reload"])
def test_without_a_running_instance_it_is_an_error(host: Host, command: str) -> None:
    answer = host.ask(command)
    assert (answer.code, answer.out) == (4, "")
    assert "nothing is running" in answer.err
    answer = host.ask(command, "graph.toml")
    assert answer.code == 4
    assert "graph.toml is not running; nothing is running" in answer.err


def test_only_the_owner_may_open_the_socket(host: Host) -> None:
    host.graph({"a": ()})
    host.ask("start", "graph.toml", "--detach")
    path = socket_of(host)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    host.ask("stop")
    assert not path.exists()


def test_the_socket_is_in_the_runtime_folder_where_there_is_one(
    host: Host, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path_factory.mktemp("runtime")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    host.graph({"a": ()})
    host.ask("start", "graph.toml", "--detach")
    assert socket_of(host).parent == runtime / "tierdeps"
    monkeypatch.delenv("XDG_RUNTIME_DIR")  # who stops it need not know
    assert host.ask("stop").code == 0


def test_the_socket_of_a_killed_instance_is_removed(host: Host) -> None:
    host.graph({"a": ()})
    host.ask("start", "graph.toml", "--detach")
    (run,) = host.alive()
    left = socket_of(host)
    os.kill(run.info.pid, signal.SIGKILL)
    wait_for(lambda: not host.alive(), "the end of the instance")
    assert left.exists()
    assert host.ask("stop").code == 4
    host.ask("start", "graph.toml", "--detach")
    assert not left.exists()
    assert socket_of(host).exists()


def test_invalid_and_slow_requests_do_not_delay_the_run(host: Host) -> None:
    host.graph({"a": ()})
    host.ask("start", "graph.toml", "--detach")
    path = socket_of(host)
    silent = [socket.socket(socket.AF_UNIX) for _ in range(5)]
    for one in silent:
        one.connect(str(path))
    with socket.socket(socket.AF_UNIX) as bad:
        bad.settimeout(TIMEOUT_S)
        bad.connect(str(path))
        bad.sendall(b"rm -rf /\n")
        said = bad.makefile("rb").read()
    assert b'"type":"exit","code":2' in said
    assert host.ask("stop").code == 0
    for one in silent:
        one.close()
