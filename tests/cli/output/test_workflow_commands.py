"""Names and outputs never become workflow commands of a code host that reads what tierdeps prints."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.pipes import shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.hosts import Host

COMMAND = re.compile(r"^\s*::|##(\[|vso\[|teamcity\[)", re.MULTILINE | re.IGNORECASE)
NAMES = (
    "::error::one",
    "  ::add-mask::two",
    "##[group]three",
    "##vso[task.complete]four",
    "\n::error::five",
    "six\u202e",
)
PRINTS = """
import time
print('::error::said')
print('##[error]said')
print('fine\\r::error::said', flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(host: Host) -> Path:
    command = [sys.executable, "-c", PRINTS]
    drivers = "".join(
        f"[drivers.{json.dumps(name)}]\n"
        f"requires = {json.dumps(list(NAMES[:number][-1:]))}\n"
        f"command = {json.dumps(command)}\nready = 'log:fine'\n"
        for number, name in enumerate(NAMES)
    )
    (host.folder / "graph.toml").write_text(drivers)
    (host.folder / "::warning::wrong.toml").write_text(
        f"[drivers.{json.dumps(NAMES[0])}]\nrequires = [{json.dumps(NAMES[2])}]\n"
    )
    return host.folder


def is_harmless(folder: Path, *commands: str) -> str:
    """Run commands; return all that they say, in which there is no command to a code host and nothing invisible."""
    done = shell(folder, "".join(f"tierdeps {command}\n" for command in commands))
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert COMMAND.findall(said) == []
    assert "\u202e" not in said
    assert "\r" not in said
    return said


def test_no_answer_about_a_graph_contains_a_workflow_command(folder: Path) -> None:
    said = is_harmless(
        folder,
        *("order graph.toml", "order graph.toml --explain", "order graph.toml --format json", "check graph.toml"),
        *("graph graph.toml", "graph graph.toml --format dot", "graph graph.toml --format mermaid"),
        *("why '::error::one' --graph graph.toml", "why '##[group]three' --graph graph.toml"),
        *("check '::warning::wrong.toml'", "check '::warning::wrong.toml' --format markdown"),
        *("check '::warning::wrong.toml' --format json", "check '::warning::wrong.toml' --format sarif"),
        *("order '::warning::wrong.toml'", "check '::error::nonesuch.toml'", "diff graph.toml '::warning::wrong.toml'"),
        *("start graph.toml --dry-run", "simulate graph.toml --restarts 2", "lock graph.toml --output a.lock"),
        *("lock '::warning::wrong.toml' --check --output a.lock", "explain '::error::x'", "'::error::x'"),
    )
    assert "\\x3a:error::one" in said
    assert "#\\u0023[group]three" in said


def test_no_output_of_a_run_contains_a_workflow_command(folder: Path) -> None:
    said = is_harmless(
        folder,
        *("start graph.toml --detach", "status", "status --every", "status --format json", "status --list"),
        *("reload --dry-run", "reload", "timeline", "timeline --format json", "stop -v", "timeline"),
        *("start graph.toml --once -v", "start graph.toml --once --format json"),
    )
    assert "\\x3a:error::one | ::error::said" in said


def test_names_in_json_are_unchanged(folder: Path) -> None:
    answer = json.loads(shell(folder, "tierdeps order graph.toml --format json").stdout)
    assert set(NAMES) <= set(re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps(answer, ensure_ascii=False))) | {
        json.loads(f'"{found}"') for found in re.findall(r'"((?:[^"\\]|\\.)*)"', json.dumps(answer))
    }


def test_the_format_of_a_code_host_has_its_own_commands_and_no_others(folder: Path) -> None:
    said = shell(folder, "tierdeps check '::warning::wrong.toml' --format github").stdout
    *commands, summary = said.splitlines()
    assert commands
    assert all(line.startswith(("::error ", "::warning ")) for line in commands)
    assert not COMMAND.search(summary)
    assert "\u202e" not in said
