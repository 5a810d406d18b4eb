"""``tierdeps service-unit``: which command the unit runs, and what cannot be a service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

GRAPH = '[drivers.a]\ncommand = ["sleep", "1"]\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.toml").write_text(GRAPH)
    return tmp_path


def command(text: str, name: str = "ExecStart") -> str:
    return next(line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{name}="))


def test_the_unit_names_the_graph_and_this_program_with_absolute_paths(ask: Ask, folder: Path) -> None:
    found = ask("service-unit", "shop.toml")
    script = Path(sys.executable).parent / "tierdeps"
    assert command(found.out) == f"{script} start {folder}/shop.toml"
    assert command(found.out, "ExecReload") == f"{script} reload {folder}/shop.toml"
    assert command(found.out, "Description") == "shop.toml, started in order by tierdeps"
    assert "/etc/systemd/system/shop.service" in found.err


def test_options_that_change_what_is_started_are_passed_on(ask: Ask, folder: Path) -> None:
    (folder / "own.toml").write_text("")
    options = ("--config", "own.toml", "--target", "a", "--assume", "f=no", "--allow-empty", "--from", "toml")
    words = command(ask("service-unit", "shop.toml", *options, "--start-options", "--jobs 4 --partial").out).split()
    assert words[2:] == [
        f"--config={folder}/own.toml",
        "--from=toml",
        "--target=a",
        "--assume=f=no",
        "--allow-empty",
        "--jobs",
        "4",
        "--partial",
        f"{folder}/shop.toml",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-",), "a service cannot read the graph from its standard input; name a file"),
        (("shop.toml", "--start-options", "--once"), "--once does not fit a service"),
        (("shop.toml", "--start-options", "--detach"), "--detach does not fit a service"),
        (("shop.toml", "--start-options", "--leave-running"), "--leave-running does not fit a service"),
        (("shop.toml", "--start-options", "--dry-run"), "--dry-run does not fit a service"),
        (("shop.toml", "--start-options", "more.toml"), "'more.toml' is no option"),
        (("shop.toml", "--start-options", "--jobs 0"), "0 is not in the range"),
        (("shop.toml", "--start-options", "'"), "no closing quotation"),
        (("shop.toml", "--start-options", "--jbos 4"), "No such option"),
        (("shop.toml", "--name", "a/b"), "'a/b' cannot be the name of a service"),
        (("shop.toml", "--name", ""), "'' cannot be the name of a service"),
        (("shop.toml", "--user", "a b"), "--user 'a b' is not the name or number of an account"),
        (("shop.toml", "--user", "a", "--user-manager"), "--user and --user-manager cannot be combined"),
    ],
)
def test_what_cannot_be_a_service_is_refused_with_what_to_do(
    ask: Ask, arguments: tuple[str, ...], message: str
) -> None:
    found = ask("service-unit", *arguments)
    assert (found.code, found.out) == (2, "")
    assert message in found.err


def test_a_file_whose_name_no_unit_can_have_needs_another_one(ask: Ask, folder: Path) -> None:
    (folder / "my shop.toml").write_text(GRAPH)
    found = ask("service-unit", "my shop.toml")
    assert (found.code, found.out) == (2, "")
    assert "'my shop' cannot be the name of a service; pass --name" in found.err
    assert ask("service-unit", "my shop.toml", "--name", "shop").code == 0


def test_a_graph_with_errors_is_no_service(ask: Ask, folder: Path) -> None:
    (folder / "shop.toml").write_text(f'{GRAPH}requires = ["b"]\n')
    found = ask("service-unit", "shop.toml")
    assert (found.code, found.out) == (1, "")
    assert "TD103" in found.err
    assert ask("service-unit", "shop.toml", "--start-options", "--partial").code == 0
