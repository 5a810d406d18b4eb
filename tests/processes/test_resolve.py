"""What a process is here and now: its env files read, its variables replaced, and no secret in any error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import start
from tierdeps._util import masks
from tierdeps.errors import DeclarationError
from tierdeps.model import Alive, Process
from tierdeps.processes.resolve import UnresolvedError, resolved

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide nothing beyond a test."""
    monkeypatch.setattr(masks, "_hidden", set())
    monkeypatch.setattr(masks, "_pattern", None)


def problems(process: Process, folder: Path, **environment: str) -> list[str]:
    with pytest.raises(UnresolvedError) as raised:
        resolved(process, environment, str(folder))
    return [f"{problem.key}: {problem.text}" for problem in raised.value.problems]


def test_later_sources_override_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "one.env").write_text("A=one\nB=one\nC=one\n")
    (tmp_path / "two.env").write_text("B=two\nC=two\n")
    process = Process(
        ("${A}", "${B}", "${C}", "${D}", "$$"),
        "tcp:${HOST:-::1}:${PORT}",
        env=(("C", "table ${B}"),),
        cwd="${D}/sub",
        env_file=("one.env", "two.env"),
        substitute=True,
    )
    found = resolved(process, {"A": "before", "D": "host", "PORT": "80"}, str(tmp_path))
    assert found == Process(
        ("one", "two", "table two", "host", "$"),
        "tcp:::1:80",
        env=(("A", "one"), ("B", "two"), ("C", "table two")),
        cwd="host/sub",
    )


def test_without_variables_a_process_is_what_it_was() -> None:
    process = Process(("echo", "${A}", "$$"))
    assert resolved(process, {}) is process


def test_an_env_file_alone_replaces_no_variables(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A=1")
    found = resolved(Process(("echo", "${A}"), env_file=("a.env",)), {}, str(tmp_path))
    assert (found.command, found.env) == (("echo", "${A}"), (("A", "1"),))


def test_a_file_may_be_missing_if_its_name_says_so(tmp_path: Path) -> None:
    assert resolved(Process(("true",), env_file=("-none.env",)), {}, str(tmp_path)).env == ()
    assert problems(Process(("true",), env_file=("none.env",)), tmp_path) == ["env_file: there is no file none.env"]


def test_the_name_of_a_file_may_have_variables(tmp_path: Path) -> None:
    (tmp_path / "x.env").write_text("A=1")
    process = Process(("true",), env_file=("${WHERE}/x.env",), substitute=True)
    assert resolved(process, {"WHERE": str(tmp_path)}).env == (("A", "1"),)
    assert problems(process, tmp_path)[0] == "env_file: ${WHERE} is not set"


def test_every_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    process = Process(
        ("a", "${ONE}", "${TWO}"), "exec:test ${THREE}", env=(("X", "${FOUR}"),), cwd="${FIVE}", substitute=True
    )
    assert problems(process, tmp_path) == [
        "env.X: ${FOUR} is not set",
        "command: ${ONE} is not set",
        "command: ${TWO} is not set",
        "ready: ${THREE} is not set",
        "cwd: ${FIVE} is not set",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"A=1\ntop secret", "env_file: x.env: line 2: expected NAME=value, a comment or an empty line"),
        (b"A=\xffsecret", "env_file: x.env: line 1: expected text in UTF-8, got the byte 0xff"),
        (b"TIERDEPS_RUN=secret", "env_file: x.env sets TIERDEPS_RUN, which is a variable of tierdeps"),
        (b"#" * (1 << 20) + b"#", "env_file: x.env cannot be read: it has more than 1048576 bytes"),
    ],
)
def test_a_file_that_is_wrong_is_an_error_without_its_values(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "x.env").write_bytes(content)
    assert problems(Process(("true",), env_file=("x.env",)), tmp_path) == [problem]


def test_a_pipe_or_a_folder_is_no_file_of_variables(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, reason in (("pipe", "it is not a regular file"), ("folder", "is a directory")):
        assert problems(Process(("true",), env_file=(name,)), tmp_path) == [
            f"env_file: {name} cannot be read: {reason}"
        ]


def test_a_process_runs_with_them_and_its_errors_have_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.env").write_text("DB_PASSWORD='correct horse'\nMODE=production\n")
    script = 'echo "$DB_PASSWORD" "$0" "$MODE"; exit 3'
    problem = start(Process(("sh", "-c", script, "${DB_PASSWORD}"), "exit", env_file=("x.env",), substitute=True))
    assert problem == "the process exited with code 3; last output: *** *** production"


def test_a_restart_reads_the_files_again(tmp_path: Path) -> None:
    process = Process(("true",), env_file=("x.env",))
    for value in ("1", "2"):
        (tmp_path / "x.env").write_text(f"A={value}")
        assert resolved(process, {}, str(tmp_path)).env == (("A", value),)


def test_a_process_that_cannot_be_resolved_does_not_start() -> None:
    problem = start(Process(("true", "${NOT_SET_ANYWHERE}"), substitute=True))
    assert problem == "the process cannot be started: command: ${NOT_SET_ANYWHERE} is not set"


def test_a_check_of_one_that_is_up_may_have_variables() -> None:
    process = Process(("true",), alive=Alive("tcp:${HOST:-::1}:${PORT}"), substitute=True)
    assert resolved(process, {"PORT": "80"}).alive == Alive("tcp:::1:80")
    with pytest.raises(DeclarationError):
        Alive("${PROBE}")
