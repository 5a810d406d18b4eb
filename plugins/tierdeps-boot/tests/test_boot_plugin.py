"""The distribution's importers are found through its entry point."""

from __future__ import annotations

import subprocess
import sys

from tierdeps import Manager, Settings


def test_its_importers_are_known() -> None:
    manager = Manager(Settings(only=("tierdeps-boot",)))
    manager.load()
    assert not manager.broken
    assert "systemd" in [importer.name for importer in manager.importers()]


def test_loading_it_imports_no_reader_and_no_graph() -> None:
    code = (
        "import sys, tierdeps_boot; tierdeps_boot.tierdeps_importers();"
        "print(*sorted({'networkx', 'asyncio', 'yaml', 'subprocess'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "\n"
