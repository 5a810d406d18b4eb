"""Checks look at declarations: no lifecycle is imported."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integrations.conftest import Workshop

PLUGIN = """
from tierdeps import Driver, hookimpl

@hookimpl
def tierdeps_drivers(settings):
    return [Driver("mine", lifecycle="mine_life:Mine")]
"""
LIFE = """
from pathlib import Path
from tierdeps import Lifecycle

Path("imported").touch()

class Mine(Lifecycle):
    pass
"""


@pytest.fixture
def telltale(workshop: Workshop) -> Workshop:
    """Install a driver whose lifecycle writes a file when it is imported."""
    workshop.plugin("mine", PLUGIN)
    (workshop.site / "mine_life.py").write_text(LIFE)
    return workshop


def imported(workshop: Workshop) -> bool:
    return (workshop.folder / "imported").exists()


@pytest.mark.parametrize(
    "command",
    [
        "check",
        "check --format sarif",
        "check --update-baseline --reason x",
        "order",
        "graph",
        "plugins",
        "explain TD101",
    ],
)
def test_no_lifecycle_is_imported(telltale: Workshop, command: str) -> None:
    done = telltale.run("tierdeps", *command.split())
    assert done.returncode == 0, done.stdout + done.stderr
    assert not imported(telltale)


def test_the_driver_is_seen_all_the_same(telltale: Workshop) -> None:
    assert "mine" in telltale.run("tierdeps", "order").stdout


def test_its_import_would_have_left_a_file(telltale: Workshop) -> None:
    assert (
        subprocess.run(
            (sys.executable, "-c", "import mine_life"), cwd=telltale.folder, env=telltale.environment, check=False
        ).returncode
        == 0
    )
    assert imported(telltale)
