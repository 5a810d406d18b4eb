"""What the page on security says of files and of plugins, compared with what commands do."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import wait_for
from tests.docs.conftest import HIDDEN, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (ROOT / "docs/explanation/security.rst").read_text()
#: Not there after any run: a log that was too long, what was damaged, and cgroups where the host has none.
OPTIONAL = {"processes/INSTANCE/cgroups"}
HOOKS = (
    "tiers",
    "drivers",
    "dependencies",
    "facts",
    "rules",
    "importers",
    "exporters",
    "formats",
    "engines",
    "reporters",
)
SPY = """\
import os, tierdeps
def note(name):
    with open(os.environ["SPY"], "a") as file:
        print(name, file=file)
note("import")
"""
LIFECYCLE = """\
import os, tierdeps
def note(name):
    with open(os.environ["SPY"], "a") as file:
        print(name, file=file)
note("module")
class A(tierdeps.Lifecycle):
    def start(self, context):
        note("class")
"""
GRAPH = """\
[drivers.a]
lifecycle = "driven:A"
requires = [{ on = "b", when = "some.fact" }]
[drivers.b]
command = ["sh", "-c", "echo program >> $SPY"]
ready = "exit"
"""


@dataclass(frozen=True)
class Desk:
    """A folder with a graph, a plugin that tells what it is asked for, and a state of its own."""

    folder: Path

    def run(self, *arguments: str, umask: int = 0o022) -> set[str]:
        """Return what a command has run of ours."""
        spied = self.folder / "spied"
        spied.unlink(missing_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        subprocess.run(
            [sys.executable, "-P", "-m", "tierdeps", *arguments],
            cwd=self.folder,
            env=kept | {"SPY": str(spied), "PYTHONPATH": str(self.folder / "site"), "TIERDEPS_ONLY": "spy"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=120,
            umask=umask,
        )
        return set(spied.read_text().split()) if spied.exists() else set()


@pytest.fixture(name="spied")
def _spied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    info = tmp_path / "site" / "spy-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: spy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tierdeps]\nspy = spy\n")
    answers = {"facts": "{}", "exporters": "(tierdeps.Exporter('spied', '', lambda plan: tierdeps.Export(())),)"}
    hooks = (
        f"@tierdeps.hookimpl\ndef tierdeps_{hook}():\n    note({hook!r})\n    return {answers.get(hook, '()')}\n"
        for hook in HOOKS
    )
    (tmp_path / "site" / "spy.py").write_text(SPY + "".join(hooks))
    (tmp_path / "site" / "driven.py").write_text(LIFECYCLE)
    (tmp_path / "graph.toml").write_text(GRAPH)
    return Desk(tmp_path)


def rows(heading: str) -> Iterator[tuple[list[str], str]]:
    """Yield of each row of the table under a heading what its first cell names, and the rest."""
    table = PAGE.split(f"\n{heading}  ")[1].split("\n=====")[1]
    for line in table.splitlines()[1:]:
        first, rest = line[:37], line[37:].strip()
        yield re.findall("``(.+?)``", first), rest


COMMANDS = {
    "check": ("graph.toml",),
    "order": ("graph.toml",),
    "graph": ("graph.toml",),
    "why": ("a", "--graph", "graph.toml"),
    "diff": ("graph.toml", "graph.toml"),
    "lock": ("graph.toml", "--output", "-"),
    "export": ("--to", "spied", "exported", "graph.toml"),
    "service-unit": ("graph.toml",),
    "simulate": ("graph.toml", "--restarts", "1"),
    "start --dry-run": ("graph.toml",),
    "start": ("graph.toml", "--once"),
    "shake": ("graph.toml",),
    "explain": ("TD101",),
    "timeline": (),
    "plugins": (),
    "status": (),
    "logs": (),
    "stop": (),
    "reload": (),
    "restart": ("spied",),
    "serve": ("graph.toml",),
    "ui": (),
    "worker": ("--host-name", "a", "--scheduler", "refused"),
    "completion": ("bash",),
    "config": (),
    "new": ("acme", "--directory", "acme"),
    "--help": (),
    "--version": (),
}
#: What each runs beyond plugins: the module of a lifecycle, its class, and the program of a process.
RUNS = {
    "start": {"module", "class", "program"},
    "shake": {"module", "class", "program"},
    "simulate": {"module", "class"},
}
ASKED = {name: rest for names, rest in rows("Command") for name in names}


def test_the_page_describes_each_command() -> None:
    assert set(ASKED) == set(COMMANDS)
    files = {path.stem.replace("_", "-") for path in (ROOT / "tierdeps/cli").glob("[a-z]*.py")}
    assert files <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_asks_plugins_for_what_the_page_says_and_runs_no_more(spied: Desk, command: str) -> None:
    if command == "timeline":
        spied.run("start", "graph.toml", "--once")
    # a server would not end by itself: it is given a port that is in use
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = ("--port", str(taken.getsockname()[1])) if command == "serve" else ()
        found = spied.run(*command.split(), *COMMANDS[command], *port)
    told = ASKED[command]
    if told.startswith("none"):
        expected = set()
    elif told == "all":
        expected = {"import", *HOOKS} - {"dependencies"}  # asked for each driver, and there is none
    else:
        expected = {"import", *told.split(", ")} | ({"importers"} if "graph.toml" in COMMANDS[command] else set())
    assert found == expected | RUNS.get(command, set())


def test_a_check_of_lifecycles_imports_their_module_and_does_not_make_them(spied: Desk) -> None:
    found = spied.run("check", "graph.toml", "--lifecycles")
    assert "module" in found
    assert not found & {"class", "program"}


def test_a_blocked_plugin_is_not_imported(spied: Desk) -> None:
    assert "import" not in spied.run("check", "graph.toml", "--block", "spy")


def test_the_current_folder_has_no_plugins_nor_lifecycles(spied: Desk) -> None:
    for path in (spied.folder / "site").iterdir():
        shutil.move(path, spied.folder)
    assert spied.run("start", "graph.toml", "--once") <= {"program"}


MODES = {names[0]: int(rest.split()[0], 8) for names, rest in rows("Path")}


def modes(state: Path) -> dict[str, int]:
    """Return the modes of all that there is, under the names that the page has for them."""
    found = {}
    for path in (state, *state.rglob("*")):
        name = str(path.relative_to(state))
        row = next((row for row in MODES if re.fullmatch(re.sub("[A-Z]+", "[^/]*", re.escape(row)), name)), name)
        found[row] = stat.S_IMODE(path.lstat().st_mode)
    return found


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_files_have_the_modes_that_the_page_says(spied: Desk, umask: int) -> None:
    command = '["sh", "-c", "echo up; exec sleep 100"]'
    (spied.folder / "graph.toml").write_text(f'[drivers.a]\ncommand = {command}\nready = "log:up"\n')
    shutil.copy(spied.folder / "graph.toml", spied.folder / "other.toml")
    try:
        spied.run("start", "graph.toml", "--detach", umask=umask)
        spied.run("start", "other.toml", "--leave-running", umask=umask)
        state = spied.folder / "state" / "tierdeps"
        wait_for(lambda: list(state.glob("runs/*/*/a.1.log")), "the log")
        found = modes(state)
    finally:
        spied.run("stop", "graph.toml")
        spied.run("stop", "other.toml", "--left")
    assert found == {row: mode for row, mode in MODES.items() if row in found or row not in OPTIONAL}
