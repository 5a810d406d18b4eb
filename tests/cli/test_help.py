"""The help: commands and options in groups, examples, and no import of any command for the list of them."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import pytest

import tierdeps.cli
from tierdeps.cli._help import COMMON, GROUPS, Command, Formatter, common_options_last
from tierdeps.words.layout import unstyled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ask

COMMANDS = [
    module.name.replace("_", "-")
    for module in iter_modules(tierdeps.cli.__path__)
    if not (module.ispkg or module.name.startswith("_"))
]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_first_line_of_a_commands_file_says_what_it_does(name: str) -> None:
    module = import_module(f"tierdeps.cli.{name.replace('-', '_')}")
    told = (module.command.help or "").partition("\n")[0]
    assert module.__doc__ == told


def test_help_imports_no_command() -> None:
    script = "import sys\nfrom tierdeps.cli import main\nmain(['--help'], standalone_mode=False)\nprint(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    loaded = set(told.rpartition("\n\n")[2].split())
    assert "tierdeps.cli" in loaded
    assert not {f"tierdeps.cli.{name.replace('-', '_')}" for name in COMMANDS} & loaded
    assert not {"networkx", "asyncio", "sqlite3", "tierdeps.model.declarations"} & loaded


def sections(text: str) -> dict[str, str]:
    """Return the sections of a help by their headings."""
    found: dict[str, str] = {}
    heading = ""
    for line in text.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            heading = line[:-1]
        found[heading] = found.get(heading, "") + line + "\n"
    return found


def test_commands_are_listed_in_groups_with_a_line_each(ask: Ask) -> None:
    found = sections(ask("--help").out)
    listed = {name for group in (*GROUPS, "More commands") for name in found.get(group, "").splitlines()[1:]}
    assert {line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "} >= set(COMMANDS)
    assert "  check " in found["Check"]
    assert all(len(line) <= 80 for line in ask("--help").out.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_a_group_and_says_what_it_does_in_a_line(name: str) -> None:
    assert sum(name in members for members in GROUPS.values()) == 1
    command = import_module(f"tierdeps.cli.{name.replace('-', '_')}").command
    assert len(command.get_short_help_str(200)) <= 68


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_examples_and_its_common_options_last(name: str, ask: Ask) -> None:
    command = import_module(f"tierdeps.cli.{name.replace('-', '_')}").command
    assert isinstance(command, Command)
    assert command.examples
    found = sections(ask(name, "--help").out)
    assert [heading for heading in found if heading][-2:] == [COMMON, "Examples"]
    assert "--help" in found[COMMON]
    assert all(line in " ".join(found["Examples"].split()) for line, _ in command.examples)


@pytest.mark.parametrize("arguments", [(), ("-h",), ("--help",)])
def test_without_a_command_the_help_is_the_answer(arguments: tuple[str, ...], ask: Ask) -> None:
    answer = ask(*arguments)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Usage: tierdeps [OPTIONS] COMMAND")


def test_options_of_a_command_stand_in_their_groups(ask: Ask) -> None:
    found = sections(ask("check", "--help").out)
    assert "--until" in found["Baseline options"]
    assert "--until" not in found["Options"]
    assert "--verbose" in found[COMMON]


MAIN = tierdeps.cli.main.params


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["order", "-q", "g.toml"], ["order", "-q", "g.toml"]),
        (["-q", "order", "g.toml"], ["order", "-q", "g.toml"]),
        (["-qv", "--strict", "order"], ["order", "-qv", "--strict"]),
        (["--config", "a.toml", "order", "-v"], ["order", "--config", "a.toml", "-v"]),
        (["--config=a.toml", "--only", "order", "order"], ["order", "--config=a.toml", "--only", "order"]),
        (["-q", "--help"], ["-q", "--help"]),
        (["--version"], ["--version"]),
        (["--config"], ["--config"]),
        (["-q"], ["-q"]),
        (["-qx", "order"], ["-qx", "order"]),
        (["--", "-q"], ["--", "-q"]),
        ([], []),
    ],
)
def test_common_options_before_the_command_are_those_of_the_command(given: list[str], expected: list[str]) -> None:
    assert common_options_last(given, MAIN) == expected


def test_an_option_before_the_command_has_its_effect(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text("[drivers.a]\n")
    assert "\x1b[" in ask("--color", "always", "order", "g.toml").out
    assert ask("--config", "none.toml", "order", "g.toml").err == "error: none.toml: no such file or directory\n"


@pytest.mark.parametrize(("variable", "colored"), [("FORCE_COLOR", True), ("NO_COLOR", False)])
def test_help_is_coloured_where_colours_are_wanted(
    variable: str, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "1")
    formatter = Formatter(width=80)
    with formatter.section("Options"):
        formatter.write_dl([("--name", "What it does.")])
    written = formatter.getvalue()
    assert unstyled(written) == "Options:\n  --name  What it does.\n"
    assert (written != unstyled(written)) is colored
