"""Commands on one graph of a fleet, as they are typed on the host of the start."""

from __future__ import annotations

import os
import subprocess
import sys
from time import sleep
from typing import TYPE_CHECKING

from tests.engines.fleet.conftest import ROOT
from tests.engines.fleet.things import Thing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines.fleet.conftest import Cluster, Log

STARTED = ["one start", "two start", "three start"]


class Client:
    """Commands on one graph, as they are typed on the host of the start."""

    def __init__(self, cluster: Cluster, log: Log, folder: Path) -> None:
        self.log = log
        self.folder = folder
        self.graph = folder / "fleet.toml"
        (folder / "tierdeps.toml").write_text(f'[defaults]\nlog = "{log.path}"\n')
        self.scheduler = f"--scheduler={cluster.address}"
        self.write("one", "two", "three")

    def write(self, *names: str) -> None:
        """Write a chain of drivers on two hosts."""
        tables = [
            f'[drivers.{name}]\nhost = "{"ab"[number % 2]}"\nlifecycle = "{Thing.__module__}:Thing"\n'
            + (f'requires = ["{names[number - 1]}"]\n' if number else "")
            for number, name in enumerate(names)
        ]
        self.graph.write_text("\n".join(tables))

    def popen(self, *words: str, state: str = "state") -> subprocess.Popen[str]:
        """Start a command."""
        environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / state), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            (sys.executable, "-m", "tierdeps", *words, str(self.graph)),
            env=environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, state: str = "state") -> tuple[int, str, str]:
        """Run a command; return its exit code and what it prints."""
        with self.popen(*words, state=state) as process:
            out, err = process.communicate()
        return process.returncode, out, err

    def killed(self, *options: str) -> None:
        """Start, and kill that when all drivers are up."""
        with self.popen("start", "--engine=dask", self.scheduler, *options) as start:
            while len(self.log.lines) < len(STARTED):
                sleep(0.02)
                assert start.poll() is None
            assert start.stdout is not None
            while "ready" not in (line := start.stdout.readline()) or "three" not in line:
                assert line
            start.kill()
