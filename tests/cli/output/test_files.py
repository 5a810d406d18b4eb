"""Files that commands write: whole or not at all, and nothing is replaced that is no regular file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ask

#: Commands that write a file, by the option that names it.
WRITERS = [("lock", "--output={}"), ("check", "--output=json:{}")]
#: The number of the device that swallows everything: a node of our own, and never the machine's.
NULL = os.makedev(1, 3)


@pytest.fixture(autouse=True)
def graph(ask: Ask) -> None:
    """Provide a valid graph."""
    del ask
    Path("site.toml").write_text("[drivers.a]\n")


@pytest.fixture(params=WRITERS, ids=lambda writer: writer[0])
def write(request: pytest.FixtureRequest, ask: Ask) -> Callable[[str], str]:
    """Return a function that makes a command write a file, and returns its error message."""
    command, option = request.param

    def call(name: str) -> str:
        answer = ask(command, "-q", option.format(name), "site.toml")
        assert answer.code == (2 if answer.err else 0)
        return answer.err

    return call


def test_a_new_file_has_the_permissions_of_any_new_file(write: Callable[[str], str]) -> None:
    mask = os.umask(0o027)
    try:
        write("out")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(Path("out").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_keeps_its_permissions(write: Callable[[str], str], mode: int) -> None:
    Path("out").write_text("old")
    Path("out").chmod(mode)
    write("out")
    assert Path("out").read_text().startswith("{")
    assert stat.S_IMODE(Path("out").stat().st_mode) == mode


def test_a_file_keeps_its_owner(write: Callable[[str], str]) -> None:
    if os.geteuid():
        pytest.skip("only root may give files away")
    Path("out").write_text("old")
    os.chown("out", 12345, 23456)
    write("out")
    found = Path("out").stat()
    assert (found.st_uid, found.st_gid) == (12345, 23456)


@pytest.mark.parametrize("there", [True, False])
def test_a_symlink_is_followed_and_stays(write: Callable[[str], str], *, there: bool) -> None:
    Path("folder").mkdir()
    if there:
        Path("folder/real").write_text("old")
    Path("link").symlink_to("folder/real")
    write("link")
    assert Path("link").is_symlink()
    assert Path("folder/real").read_text().startswith("{")
    assert [path.name for path in Path("folder").iterdir()] == ["real"]


@pytest.mark.parametrize("linked", [True, False])
def test_a_pipe_is_written_to_and_not_replaced(write: Callable[[str], str], *, linked: bool) -> None:
    os.mkfifo("pipe")
    Path("link").symlink_to("pipe")
    found: list[str] = []
    reader = Thread(target=lambda: found.append(Path("pipe").read_text()))
    reader.start()
    write("link" if linked else "pipe")
    reader.join()
    assert found[0].startswith("{")
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)


def test_a_pipe_that_a_shell_hands_over_is_written_to(write: Callable[[str], str]) -> None:
    """What ``--output >(command)`` names is a symlink to nothing that has a name."""
    here, there = os.pipe()
    try:
        assert write(f"/dev/fd/{there}") == ""
        assert os.read(here, 1) == b"{"
    finally:
        os.close(here)
        os.close(there)


def test_a_device_is_written_to_and_not_replaced(write: Callable[[str], str]) -> None:
    try:
        os.mknod("null", 0o600 | stat.S_IFCHR, NULL)
    except PermissionError:
        pytest.skip("only root may make a device")
    assert write("null") == ""
    found = Path("null").stat()
    assert stat.S_ISCHR(found.st_mode)
    assert (found.st_rdev, stat.S_IMODE(found.st_mode)) == (NULL, 0o600)


def test_a_folder_is_refused(write: Callable[[str], str]) -> None:
    Path("folder").mkdir()
    assert write("folder") == "error: folder: cannot be written: is a directory\n"


def test_a_file_that_cannot_be_written_leaves_nothing_behind(write: Callable[[str], str]) -> None:
    assert write("missing/out") == "error: missing/out: cannot be written: no such file or directory\n"
    assert write("site.toml/out") == "error: site.toml/out: cannot be written: not a directory\n"
    assert {path.name for path in Path().iterdir()} == {"site.toml"}


@pytest.mark.parametrize("command", [("lock",), ("check", "--format=json")])
def test_a_dash_is_the_standard_output(ask: Ask, command: tuple[str, ...]) -> None:
    answer = ask(*command, "--output=-", "site.toml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("{")
    assert not Path("-").exists()


def test_an_empty_name_is_refused(write: Callable[[str], str]) -> None:
    said = write("")
    assert said.startswith("error: --output ")
    assert "directory" not in said
