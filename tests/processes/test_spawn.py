"""The start of programs: their path, folder and user."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tierdeps import processes
from tierdeps.processes import libc_spawn
from tierdeps.processes.errors import ProcessError
from tierdeps.processes.proc import read_process
from tierdeps.processes.spawn import SpawnOptions, spawn, spawn_options

if TYPE_CHECKING:
    from pathlib import Path

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs anything as somebody else")


def program(folder: Path, name: str, script: str = "echo found") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def said(where: SpawnOptions, *command: str) -> str:
    """Run a program; return what it says."""
    reader, writer = os.pipe()
    try:
        spawned = spawn(command, where, writer)
    finally:
        os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    assert spawned.reap() == 0
    return text


@pytest.mark.parametrize("cwd", [None, "/"])
def test_it_is_found_on_the_path_that_it_will_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cwd: str | None
) -> None:
    theirs, ours = program(tmp_path / "theirs", "tool").parent, program(tmp_path / "ours", "tool", "echo ours").parent
    monkeypatch.setenv("PATH", str(ours))
    assert said(SpawnOptions({"PATH": str(theirs)}, cwd), "tool") == "found\n"
    assert said(SpawnOptions(os.environ, cwd), "tool") == "ours\n"


def test_without_a_path_it_is_looked_for_where_the_system_has_its_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(program(tmp_path / "ours", "tool").parent))
    assert said(SpawnOptions({}), "sh", "-c", "echo found") == "found\n"
    with pytest.raises(ProcessError, match="the program 'tool' is not on the PATH"):
        said(SpawnOptions({}), "tool")


def test_one_that_is_named_with_a_folder_is_found_from_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(program(tmp_path / "ours" / "bin", "tool", "echo ours").parents[1])
    theirs = program(tmp_path / "theirs" / "bin", "tool").parents[1]
    assert said(SpawnOptions({}, str(theirs)), "bin/tool") == "found\n"
    assert said(SpawnOptions({}, str(theirs)), str(theirs / "bin" / "tool")) == "found\n"
    assert said(SpawnOptions({}), "bin/tool") == "ours\n"


@pytest.mark.parametrize("cwd", [None, "/"])
def test_it_leads_a_session_of_its_own_and_reads_nothing(cwd: str | None) -> None:
    reader, writer = os.pipe()
    spawned = spawn(("sh", "-c", "echo up; read line; echo over; kill -STOP $$"), SpawnOptions(os.environ, cwd), writer)
    os.close(writer)
    with os.fdopen(reader) as file:
        assert [file.readline(), file.readline()] == ["up\n", "over\n"]
        seen = read_process(spawned.pid)
        assert seen is not None
        assert (seen.session, seen.parent) == (spawned.pid, os.getpid())
        os.kill(spawned.pid, 9)
        assert spawned.reap() == -9


def test_both_of_its_outputs_are_the_one_that_it_gets() -> None:
    for cwd in (None, "/"):
        assert said(SpawnOptions(os.environ, cwd), "sh", "-c", "echo out; echo err >&2") == "out\nerr\n"


def test_a_process_that_other_code_reaped_has_exited() -> None:
    spawned = spawn(("true",), SpawnOptions(os.environ), 1)
    os.waitpid(spawned.pid, 0)
    assert spawned.reap() == 255


def test_what_its_driver_adds_goes_before_all_else() -> None:
    me = pwd.getpwuid(os.geteuid())
    assert spawn_options({"A": "1", "B": "2"}, None, None, {"B": "3"}) == SpawnOptions({"A": "1", "B": "3"})
    assert spawn_options({"A": "1"}, "/", None, {}) == SpawnOptions({"A": "1"}, "/")
    own = {"HOME": me.pw_dir, "USER": me.pw_name, "LOGNAME": me.pw_name}
    assert spawn_options({"HOME": "x"}, "/", me.pw_name, {"B": "3"}) == SpawnOptions({**own, "B": "3"}, "/")
    assert spawn_options({}, None, me.pw_name, {"USER": "me"}) == SpawnOptions({**own, "USER": "me"})


@ROOT
def test_another_user_has_its_own_home_and_keeps_the_folder() -> None:
    nobody = pwd.getpwnam("nobody")
    own = {"HOME": nobody.pw_dir, "USER": "nobody", "LOGNAME": "nobody"}
    assert spawn_options({"HOME": "x", "A": "1"}, "/", "nobody", {"B": "2"}) == SpawnOptions(
        {**own, "A": "1", "B": "2"}, "/", "nobody"
    )


@ROOT
def test_another_user_is_in_its_own_groups_alone() -> None:
    groups = subprocess.run(["/usr/bin/id", "-G", "nobody"], check=True, capture_output=True, text=True).stdout
    where = SpawnOptions(os.environ, "/", "nobody")
    assert said(where, "/usr/bin/id", "-G") == groups
    assert said(where, "/usr/bin/id", "-un") == "nobody\n"
    assert said(where, "pwd") == "/\n"


@pytest.fixture(params=["libc", "popen", "no ctypes"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Start programs in a folder with what the C library has, and as where it or Python lacks that."""
    if request.param == "no ctypes":
        monkeypatch.delattr(processes, "libc_spawn")
        monkeypatch.setitem(sys.modules, "tierdeps.processes.libc_spawn", None)
    elif request.param == "popen":
        monkeypatch.setattr(libc_spawn, "is_available", lambda: False)
    elif not libc_spawn.is_available():
        pytest.skip("this C library cannot start a program in a folder")
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_in_a_folder_it_starts_as_elsewhere(tmp_path: Path) -> None:
    script = "pwd; echo $A; cat; grep -E 'Sig(Blk|Ign)' /proc/self/status; kill -TERM $$"
    reader, writer = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        spawned = spawn(("sh", "-c", script), SpawnOptions({**os.environ, "A": "ä"}, str(tmp_path)), writer)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert spawned.reap() == -signal.SIGTERM
    assert lines[:2] == [str(tmp_path), "ä"]
    assert not any(int(line.split()[1], 16) & 1 << signal.SIGTERM - 1 for line in lines[2:])


@pytest.mark.usefixtures("way")
def test_in_a_folder_it_has_what_it_inherits_under_its_number(tmp_path: Path) -> None:
    own, theirs = os.pipe()
    reader, writer = os.pipe()
    spawned = spawn(
        ("sh", "-c", "echo ready >&9"), SpawnOptions(os.environ, str(tmp_path), inherited=(theirs, 9)), writer
    )
    for descriptor in (theirs, writer, reader):
        os.close(descriptor)
    with os.fdopen(own) as file:
        assert file.read() == "ready\n"
    assert spawned.reap() == 0


@pytest.mark.usefixtures("way")
def test_in_a_folder_a_program_that_cannot_be_started_is_reported(tmp_path: Path) -> None:
    where = SpawnOptions(os.environ, str(tmp_path))
    (tmp_path / "text").write_text("no program")
    (tmp_path / "text").chmod(0o755)
    for name, problem in (("./none", "there is no file"), ("./text", "Exec format error"), (".", "not on the PATH")):
        with pytest.raises(ProcessError, match=problem):
            spawn((name,), where, 1)
    with pytest.raises(ValueError, match="null byte"):
        spawn(("true", "a\0b"), where, 1)
