"""libvirt's own test connection: nothing but the library is needed, and nothing of the machine is touched."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.live.host.tierdeps import PLUGIN

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("libvirt", reason="not installed: libvirt-python", exc_type=ImportError)


def start(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tierdeps", "start", *PLUGIN, *arguments]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_starts_on_the_connection_that_is_built_in(tmp_path: Path) -> None:
    done = start(tmp_path, "--leave-running", "--uri", "test:///default")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "qemu ready" in done.stdout
    assert "the connection test:///default has no such driver" in done.stdout  # it has no secrets


def test_says_which_connection_does_not_answer(tmp_path: Path) -> None:
    done = start(tmp_path, "--leave-running", "--uri", "test:///nowhere.xml")
    assert done.returncode == 4
    assert "libvirt does not answer at test:///nowhere.xml" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
