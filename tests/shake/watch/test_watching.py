"""One watched run of lifecycles: files, sockets and environment variables of each other are noticed."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, Driver, Executor, Lifecycle, requires
from tierdeps.clock import run_virtually
from tierdeps.engines import local
from tierdeps.shake.findings import watched_findings_of
from tierdeps.shake.steps import steps_of
from tierdeps.shake.watch.run import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan
    from tierdeps.reporters import Reporter
    from tierdeps.shake.watch.run import Watched


def driver(name: str, call: Callable[[], object], *needs: str) -> Driver:
    class Calls(Lifecycle):
        async def start(self, context: Context) -> None:
            call()
            del context

    return Driver(name, dependencies=tuple(map(requires, needs)), lifecycle=Calls)


def make(plan: Plan, reporters: Iterable[Reporter]) -> Executor:
    return Executor(plan, engine=local.INLINE, reporters=reporters, on_failure="isolate")


def watched(folder: Path, *drivers: Driver) -> tuple[Watched, DependencyGraph]:
    graph = DependencyGraph(drivers)
    plan = graph.collapse()
    return run_virtually(watch(plan, steps_of(plan), make, folder)), graph


def listen(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()


def call_up(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect_ex(str(path))


def test_a_file_that_another_one_wrote_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "shared"
    run, graph = watched(tmp_path, driver("a", lambda: file.write_text("x")), driver("b", file.read_text))
    (use,) = run.undeclared
    assert use.pair == ("b", "a")
    (finding,) = watched_findings_of(run.undeclared, graph)
    assert finding.message == "undeclared dependency: b needs a, seen in a watched run"
    assert f"b used the file {file} (open) " in finding.evidence[0].text
    assert finding.fixes[0].summary == 'add requires = ["a"] to b'


def test_an_environment_variable_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERDEPS_TEST_SHARED", "before")
    run, _ = watched(
        tmp_path,
        driver("a", lambda: os.environ.__setitem__("TIERDEPS_TEST_SHARED", "set")),
        driver("b", lambda: os.getenv("TIERDEPS_TEST_SHARED")),
        driver("c", lambda: os.getenv("PATH")),
    )
    assert [(use.pair, use.used.name) for use in run.undeclared] == [(("b", "a"), "TIERDEPS_TEST_SHARED")]


def test_a_socket_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    run, _ = watched(tmp_path, driver("a", lambda: listen(path)), driver("b", lambda: call_up(path)))
    assert [use.pair for use in run.undeclared] == [("b", "a")]


def test_an_abstract_socket_and_a_datagram_are_noticed(tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as caller,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
        free.close()
        run, _ = watched(
            tmp_path,
            driver("a", lambda: named.bind("\0tierdeps-test-watching")),
            driver("b", lambda: caller.connect_ex("\0tierdeps-test-watching")),
            driver("c", lambda: server.bind(address)),
            driver("d", lambda: client.sendto(b"", address)),
        )
    assert [use.pair for use in run.undeclared] == [("b", "a"), ("d", "c")]
    assert run.undeclared[0].used.name == "@tierdeps-test-watching"


def test_what_is_declared_directly_or_by_way_of_others_is_none(tmp_path: Path) -> None:
    file = tmp_path / "shared"
    drivers = (
        driver("a", lambda: file.write_text("x")),
        driver("b", file.read_text, "a"),
        driver("c", file.read_text, "b"),
    )
    assert watched(tmp_path, *drivers)[0].undeclared == ()


def test_nothing_is_collected_afterwards(tmp_path: Path) -> None:
    plain = os.environ.__class__
    watched(tmp_path, driver("a", lambda: None))
    assert os.environ.__class__ is plain


def test_drivers_stay_up_while_they_are_watched(tmp_path: Path) -> None:
    times: list[float] = []

    class Timed(Lifecycle):
        async def start(self, context: Context) -> None:
            times.append(asyncio.get_running_loop().time())
            del context

        stop = start

    plan = DependencyGraph((Driver("timed", lifecycle=Timed),)).collapse()
    run_virtually(watch(plan, steps_of(plan), make, tmp_path, stay_up=5))
    start, stop = times
    assert stop - start == pytest.approx(5)
