"""A fresh environment in which the documentation's examples are run."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from tierdeps._util.entry_points import entry_points

ROOT = Path(__file__).parents[2]
HIDDEN = ("TIERDEPS_", "PYTEST_", "COV_", "GITHUB_", "GIT_", "NO_COLOR", "FORCE_COLOR")


@dataclass(frozen=True)
class Desk:
    """A reader's folder: ``python``, ``pip`` and ``tierdeps`` are those of a virtual environment."""

    folder: Path
    environment: Path
    #: The installed distributions of plugins that are loaded.
    plugins: tuple[str, ...] = ()

    def run(self, command: str) -> str:
        """Return what a command prints."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        path = os.pathsep.join((str(self.environment / "bin"), kept.get("PATH", "")))
        blocked = {point.distribution for point in entry_points("tierdeps")}.difference(self.plugins)
        kept |= {"TIERDEPS_BLOCK": " ".join(sorted(blocked))} if blocked else {}
        kept |= {"PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
        done = subprocess.run(
            ["/bin/bash", "-c", command],
            cwd=self.folder,
            env=kept | {"COLUMNS": "120", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return done.stdout.strip("\n")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Provide a folder with the graph files, and a virtual environment without plugins."""
    environment, folder = tmp_path / "venv", tmp_path / "work"
    venv.create(environment, with_pip=False, symlinks=True)
    folder.mkdir()
    (folder / "graphs").symlink_to(ROOT / "graphs")
    desk = Desk(folder, environment)
    site = desk.run("python -c 'import sysconfig; print(sysconfig.get_path(\"purelib\"))'")
    ours = sysconfig.get_path("purelib")
    # addsitedir, and not the bare path: an editable tierdeps is reached through a .pth file of its own; what is
    # installed here goes before it
    Path(site, "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    for tool in ("tierdeps", "pytest", "pip"):
        file = environment / "bin" / tool
        file.write_text(f'#!/bin/sh\nexec "{environment}/bin/python" -m {tool} "$@"\n')
        file.chmod(0o755)
    return desk
