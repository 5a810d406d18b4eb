"""Dependencies of graphs/stack.toml are removed one at a time, and found by ``tierdeps shake`` on the real programs.

What nginx requires is not among them: it serves a page of its own whether Redis and the tables are there or not.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.test_stack import ROOT, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"to be tried with the Debian packages {missing()}")


@pytest.fixture(name="data")
def _data() -> Iterator[Path]:
    folder = Path(f"/tmp/tierdeps-shake-{os.getpid()}")  # noqa: S108  PostgreSQL's user has to get there
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def shake(graph: Path, *options: str) -> str:
    command = [sys.executable, "-m", "tierdeps", "shake", "--across-tiers", "--format", "concise", *options, str(graph)]
    environment = {**os.environ, "XDG_STATE_HOME": str(graph.parent / "state")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def without(data: Path, to: Path, driver: str, needed: str) -> Path:
    """Write the stack without one dependency."""
    text = (ROOT / "graphs/stack.toml").read_text().replace("/tmp/tierdeps-stack", str(data))  # noqa: S108
    text, count = re.subn(
        rf'(\[drivers\.{driver}\]\n(?:\w+ = .*\n)*?)requires = \["{needed}"\]\n', r"\1", text, count=1
    )
    assert count == 1
    to.write_text(text)
    return to


def test_a_client_that_does_not_declare_its_database(data: Path, tmp_path: Path) -> None:
    graph = without(data, tmp_path / "stack.toml", "migrations", "postgres")
    assert "undeclared dependency: migrations needs postgres, seen in " in shake(graph, "--driver", "migrations")


def test_a_server_that_does_not_declare_what_makes_its_folder(data: Path, tmp_path: Path) -> None:
    graph = without(data, tmp_path / "stack.toml", "redis", "folder")
    found = shake(graph, "--driver", "redis", "--reset", f"rm -rf {data}/redis")
    assert "undeclared dependency: redis needs folder, seen in " in found


@pytest.mark.skipif(shutil.which("strace") is None, reason="to be tried with the Debian package strace")
@pytest.mark.parametrize(("driver", "needed"), [("postgres", "folder"), ("migrations", "postgres")])
def test_a_use_that_is_not_declared_is_seen(data: Path, tmp_path: Path, driver: str, needed: str) -> None:
    graph = without(data, tmp_path / "stack.toml", driver, needed)
    assert f"undeclared dependency: {driver} needs {needed}, seen in a watched run" in shake(graph, "--watch")
