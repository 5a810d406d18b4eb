"""The list of commands costs no import of any of them."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

import tierdeps.cli

COMMANDS = [
    module.name for module in iter_modules(tierdeps.cli.__path__) if not (module.ispkg or module.name.startswith("_"))
]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_first_line_of_a_commands_file_says_what_it_does(name: str) -> None:
    module = import_module(f"tierdeps.cli.{name}")
    told = (module.command.help or "").partition("\n")[0]
    assert module.__doc__ == told


def test_help_imports_no_command() -> None:
    script = "import sys\nfrom tierdeps.cli import main\nmain(['--help'], standalone_mode=False)\nprint(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    loaded = set(told.rpartition("\n\n")[2].split())
    assert "tierdeps.cli" in loaded
    assert not {f"tierdeps.cli.{name}" for name in COMMANDS} & loaded
    assert not {"networkx", "asyncio", "sqlite3", "tierdeps.model.declarations"} & loaded
