"""``start --leave-running`` where the disk is full from the start, or later: nothing stays that nobody can find."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.hosts import Host

#: Runs a start with its state on a small file system of its own, which is gone with the last process in it.
SCRIPT = """
mount -t tmpfs -o size=400k tmpfs "$XDG_STATE_HOME" || exit 77
[ -z "$FULL" ] || dd if=/dev/zero of="$XDG_STATE_HOME/fill" bs=1k count=400 2>/dev/null
"$0" -m tierdeps start graph.toml --leave-running
"""


def start(host: Host, state: Path, **more: str) -> subprocess.CompletedProcess[str]:
    unshare = shutil.which("unshare")
    if os.geteuid() or unshare is None:
        pytest.skip("only root mounts, and not everywhere")
    state.mkdir(parents=True)
    done = subprocess.run(
        [unshare, "--mount", "sh", "-c", SCRIPT, sys.executable],
        cwd=host.folder,
        env={**os.environ, "XDG_STATE_HOME": str(state), **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode == 77:
        pytest.skip("nothing can be mounted here")
    return done


def test_on_a_full_disk_nothing_is_started(host: Host, state: Path) -> None:
    host.graph({"db": (), "web": ("db",)})
    done = start(host, state, FULL="yes")
    assert done.returncode == 4
    assert done.stdout == ""
    assert done.stderr.endswith("; tierdeps needs it to find what is left running, so nothing was started\n")
    assert host.running() == {}


def test_processes_that_cannot_be_recorded_are_stopped(host: Host, state: Path) -> None:
    host.graph({"db": ()})
    fill = 'dd if=/dev/zero of="$XDG_STATE_HOME/fill" bs=1k count=400; touch filled; exec ' + " ".join(
        host.command("db")
    )
    text = f"[drivers.db]\ncommand = ['sh', '-c', '''{fill}''']\nready = \"exec:test -e filled\"\n"
    (host.folder / "graph.toml").write_text(text)
    done = start(host, state)
    assert done.returncode == 4, done.stderr
    assert "cannot be recorded, so it cannot be left running: no space left on device" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert host.running() == {}
