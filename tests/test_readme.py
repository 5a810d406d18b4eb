"""What the README shows is run, and must come out as shown."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.rst").read_text()


def blocks() -> list[str]:
    """Take the literal blocks out of the README."""
    found = re.findall(r"::\n\n((?:(?: {4}.*)?\n)+)", README)
    return [dedent(block).strip("\n") for block in found]


def transcripts() -> list[tuple[str, str]]:
    """Take out what starts with a command of tierdeps: the command, and what it prints."""
    shown = [block.partition("\n\n") for block in blocks() if block.startswith("tierdeps ")]
    return [(command, output) for command, _, output in shown]


def tierdeps(command: str, **environment: str) -> str:
    words = shlex.split(command)[1:]
    result = subprocess.run(
        [sys.executable, "-m", "tierdeps", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in result.stderr
    return result.stdout.rstrip("\n")


def test_has_two_commands_to_type_and_both_stand_in_the_quick_start() -> None:
    indented = [line for line in README.splitlines() if re.match(r"\s+\$", line)]
    quick_start = README.partition("Quick start\n")[2].partition("\nWhat it is for\n")[0]
    assert len(indented) == 2
    assert all(line in quick_start for line in indented)


@pytest.mark.parametrize(("command", "output"), transcripts(), ids=[command for command, _ in transcripts()])
def test_prints_what_it_shows(command: str, output: str) -> None:
    assert tierdeps(command) == output


def test_shows_transcripts_at_all() -> None:
    assert len(transcripts()) >= 3


def test_the_first_plugin_shows_in_the_load_order(tmp_path: Path) -> None:
    module = next(block for block in blocks() if "import" in block.splitlines()[0] and "hookimpl" in block)
    entry_point = next(block for block in blocks() if block.startswith("[options.entry_points]"))
    shown = next(block for block in blocks() if re.match(r"\d+ tiers?, \d+ drivers? from acme", block))
    assert len(module.splitlines()) <= 15
    (tmp_path / "acme.py").write_text(module)
    metadata = tmp_path / "acme_drivers-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-drivers\nVersion: 1.0\n")
    registered = dedent(entry_point.partition("tierdeps =\n")[2])
    (metadata / "entry_points.txt").write_text(f"[tierdeps]\n{registered}\n")
    assert tierdeps("tierdeps order --only acme-drivers", PYTHONPATH=str(tmp_path)) == shown
