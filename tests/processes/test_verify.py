"""What a process will execute is looked at before it starts."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import pytest

from tierdeps.model import Process
from tierdeps.processes.verify import program_problems

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {"PATH": os.defpath}


def problems(process: Process, folder: str = "", *, paths: bool = True) -> list[str]:
    return [f"{one.key}: {one.text}" for one in program_problems(process, ENVIRONMENT, folder, paths=paths)]


def test_what_exists_has_no_problem(tmp_path: Path) -> None:
    program = tmp_path / "run"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "data").mkdir()
    me = pwd.getpwuid(os.geteuid()).pw_name
    for process in (
        Process(("sh",), "exec:test -e x", cwd="data", user=me),
        Process(("./run",)),
        Process(("../run",), cwd="data"),
        Process((str(program),), cwd=str(tmp_path)),
        Process(("run",), env=(("PATH", str(tmp_path)),)),
    ):
        assert problems(process, str(tmp_path)) == []


@pytest.mark.parametrize(
    ("process", "problem"),
    [
        (Process(("nonesuch",)), "command: the program 'nonesuch' is not on the PATH"),
        (Process(("sh",), env=(("PATH", "/nonesuch"),)), "command: the program 'sh' is not on the PATH"),
        (Process(("./nonesuch",)), "command: the program './nonesuch' does not exist"),
        (Process(("./file",)), "command: the program './file' is not executable"),
        (Process(("./folder",)), "command: the program './folder' is a folder"),
        (Process(("sh",), "exec:nonesuch x"), "ready: the program 'nonesuch' is not on the PATH"),
        (Process(("sh",), cwd="nonesuch"), "cwd: there is no folder 'nonesuch'"),
        (Process(("sh",), cwd="file"), "cwd: there is no folder 'file'"),
        (Process(("sh",), user="no such user"), "user: there is no user 'no such user'"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, process: Process, problem: str) -> None:
    (tmp_path / "file").touch(mode=0o644)
    (tmp_path / "folder").mkdir()
    assert problems(process, str(tmp_path)) == [problem]


def test_paths_are_left_to_drivers_that_may_make_them(tmp_path: Path) -> None:
    process = Process(("./nonesuch",), "exec:nonesuch", cwd="nonesuch")
    assert problems(process, str(tmp_path), paths=False) == ["ready: the program 'nonesuch' is not on the PATH"]
