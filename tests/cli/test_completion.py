"""The shell is offered commands, options, and the names of drivers and plugins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ask
    from tests.manager.conftest import Site

pytestmark = pytest.mark.usefixtures("counted")
BASH = shutil.which("bash") or ""
#: Whatever plugins are installed, they have no drivers of these names.
GRAPH = '[drivers.st-own]\nrequires = [{ on = "se-own", when = "own.auth" }]\n[drivers.se-own]\n'


def offered(folder: Path, line: str, **environment: str) -> list[str]:
    """Return what is offered for the last word of a line."""
    words = line.split(" ")
    done = subprocess.run(
        [sys.executable, "-m", "tierdeps"],
        cwd=folder,
        env={
            **os.environ,
            "_TIERDEPS_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return [row.partition(",")[2] for row in done.stdout.splitlines() if row]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "graph.toml").write_text(GRAPH)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tierdeps ord", ["order"]),
        ("tierdeps check --sel", ["--select"]),
        ("tierdeps order --color a", ["auto", "always"]),
        ("tierdeps why --graph graph.toml s", ["se-own", "st-own"]),
        ("tierdeps why --graph graph.toml st-own se", ["se-own"]),
        ("tierdeps start graph.toml --target st", ["st-own"]),
        ("tierdeps start graph.toml --target ", ["se-own", "st-own"]),
        ("tierdeps start --once graph.toml -v --jobs 2 --target s", ["se-own", "st-own"]),
        ("tierdeps start graph.toml --target st-own --target se", ["se-own"]),
        ("tierdeps start missing.toml --target s", []),
        ("tierdeps order graph.toml --assume o", ["own.auth=no", "own.auth=yes"]),
        ("tierdeps check graph.toml graph.toml --assume o", ["own.auth=no", "own.auth=yes"]),
        ("tierdeps check graph.toml --assume own.auth=no --assume o", ["own.auth=no", "own.auth=yes"]),
        ("tierdeps explain TD101", ["TD101"]),
        ("tierdeps check --format g", ["github", "gitlab"]),
        ("tierdeps completion f", ["fish"]),
        ("tierdeps order gra", ["gra"]),
        ("tierdeps why --graph no-such-file.toml s", []),
    ],
)
def test_offers(folder: Path, line: str, expected: list[str]) -> None:
    assert offered(folder, line) == expected


def test_offers_plugins_without_importing_them(folder: Path) -> None:
    (folder / "acme.py").write_text("raise SystemExit('imported')")
    info = folder / "acme_things-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-things\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tierdeps]\nacme = acme\n")
    assert offered(folder, "tierdeps order --only ac", PYTHONPATH=str(folder)) == ["acme", "acme-things"]


def test_offers_the_drivers_of_installed_plugins(folder: Path, site: Site) -> None:
    site.install_driver("acme-clock", "clockwork")
    found = offered(folder, "tierdeps why --only acme-clock clock", PYTHONPATH=str(site.folder))
    assert found == ["clockwork"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(ask: Ask, shell: str) -> None:
    answer = ask("completion", shell)
    assert answer.code == 0
    assert f"_TIERDEPS_COMPLETE={shell}_complete" in answer.out


def test_an_unknown_shell_is_an_error(ask: Ask) -> None:
    answer = ask("completion", "csh")
    assert answer.code == 2
    assert "'bash', 'zsh', 'fish'" in answer.err


@pytest.mark.skipif(not BASH, reason="there is no bash")
def test_bash_completes_with_it(folder: Path) -> None:
    tool = folder / "tierdeps"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tierdeps "$@"\n')
    tool.chmod(0o755)
    script = (
        "source <(tierdeps completion bash) && COMP_WORDS=(tierdeps why --graph graph.toml se) && COMP_CWORD=4"
        ' && _tierdeps_completion tierdeps && echo "${COMPREPLY[@]}"'
    )
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    done = subprocess.run(
        [BASH, "-c", script], cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "se-own\n"
