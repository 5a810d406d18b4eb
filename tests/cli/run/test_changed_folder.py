"""A driver may change the current folder: whatever was named at the start is found where it was then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, read_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.hosts import Host

MOVER = """
import os
from tierdeps import Lifecycle

class Mover(Lifecycle):
    def start(self, context):
        os.chdir("/")
"""
MOVES = '[drivers.mover]\nlifecycle = "mover:Mover"\n'
WRITES = '[drivers.{name}]\nrequires = ["mover"]\ncommand = ["sh", "-c", "pwd > $0", "{place}"]\nready = "exit"\n{more}'


def write_graph(host: Host, *drivers: str, name: str = "graph.toml") -> None:
    (host.folder / name).write_text("\n".join((MOVES, *drivers)))


@pytest.fixture(name="moving")
def _moving(host: Host) -> Host:
    (host.folder / "mover.py").write_text(MOVER)
    (host.folder / "deep").mkdir()
    write_graph(host)
    return host


def written(host: Host) -> dict[str, str]:
    return {path.name: path.read_text().strip() for path in sorted(host.folder.rglob("out-*"))}


def test_processes_start_in_the_folder_of_the_start(moving: Host) -> None:
    (moving.folder / "program").write_text("#!/bin/sh\npwd > out-c\n")
    (moving.folder / "program").chmod(0o755)
    write_graph(
        moving,
        WRITES.format(name="a", place="out-a", more=""),
        WRITES.format(name="b", place="out-b", more='cwd = "deep"\n'),
        '[drivers.c]\nrequires = ["mover"]\ncommand = ["./program"]\nready = "exit"\n',
        '[drivers.d]\nrequires = ["a"]\ncommand = ["sleep", "1000"]\nready = "exec:test -e out-a"\n',
    )
    answer = moving.ask("start", "graph.toml", "--once")
    assert answer.code == 0, answer.out + answer.err
    here = str(moving.folder)
    assert written(moving) == {"out-a": here, "out-b": f"{here}/deep", "out-c": here}


@pytest.mark.parametrize(
    "options",
    [("graph.toml",), (), ("gr*.toml",), ("graph.toml", "--config", "deep/other.toml"), ("deep/../graph.toml",)],
)
def test_a_reload_reads_the_graph_that_was_named_at_the_start(moving: Host, options: tuple[str, ...]) -> None:
    (moving.folder / "tierdeps.toml").write_text('graphs = ["graph.toml"]\n')
    (moving.folder / "deep" / "other.toml").write_text("")
    assert moving.ask("start", *options, "--detach").code == 0
    write_graph(moving, WRITES.format(name="a", place="out-a", more=""))
    for settings in ("tierdeps.toml", "deep/other.toml"):
        with (moving.folder / settings).open("a") as file:
            file.write('disable = ["b"]\n')
    answer = moving.ask("reload")
    assert "'b'" in answer.err  # the settings are read again too: there is no such driver
    assert answer.code == 2
    for settings in ("tierdeps.toml", "deep/other.toml"):
        (moving.folder / settings).write_text('graphs = ["graph.toml"]\n')
    answer = moving.ask("reload")
    assert answer.code == 0, answer.out + answer.err
    assert "a" in answer.out
    assert "mover" not in answer.out
    assert written(moving) == {"out-a": str(moving.folder)}
    assert moving.ask("stop", "graph.toml").code == 0


def test_a_reload_reads_the_lock_that_was_named_at_the_start(moving: Host) -> None:
    assert moving.ask("lock", "graph.toml", "--output", "deep/graph.lock").code == 0
    assert moving.ask("start", "graph.toml", "--locked=deep/graph.lock", "--detach").code == 0
    write_graph(moving, WRITES.format(name="a", place="out-a", more=""))
    assert moving.ask("reload").code == 1
    assert moving.ask("lock", "graph.toml", "--output", "deep/graph.lock").code == 0
    assert moving.ask("reload").code == 0
    assert written(moving) == {"out-a": str(moving.folder)}
    assert moving.ask("stop").code == 0


def test_messages_name_the_instance_as_it_was_started(moving: Host, state: Path) -> None:
    process = moving.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    assert moving.ask("status", "graph.toml").code == 0
    assert moving.ask("stop", "graph.toml").code == 0
    process.communicate(timeout=TIMEOUT_S)
    answer = moving.ask("start", "graph.toml", "--detach")
    (log,) = (state / "tierdeps" / "log").iterdir()
    assert f"its log is {log}; stop it with: tierdeps stop graph.toml" in answer.err
    assert moving.ask("stop", "graph.toml").code == 0
