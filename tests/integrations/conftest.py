"""A user's folder, in which commands are run as in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

#: The root of this repository.
ROOT = Path(__file__).parents[2]
WHO = ("-c", "user.name=tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Workshop:
    """A folder with tools; ``tierdeps`` is on the path, and no plugin but those that a test puts into ``site``."""

    folder: Path
    site: Path
    bin: Path
    #: The plugins of other distributions that are loaded.
    plugins: tuple[str, ...] = ()

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder."""
        return subprocess.run(
            command, cwd=self.folder, env=self.environment | environment, capture_output=True, text=True, check=False
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment of commands."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "TIERDEPS_", "GITHUB_"))
        }
        path = os.pathsep.join((str(self.bin), str(Path(sys.executable).parent), kept.get("PATH", "")))
        found = {"PATH": path, "PYTHONPATH": str(self.site), "HOME": str(self.folder.parent)}
        # other installed plugins must not affect these tests
        if others := sorted({point.name for point in entry_points(group="tierdeps")}.difference(self.plugins)):
            found["TIERDEPS_BLOCK"] = ",".join(others)
        return kept | found

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        """Run git, which must succeed."""
        done = subprocess.run(
            ("git", *WHO, *arguments),  # noqa: S607  whichever git there is
            cwd=folder or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, message: str, folder: Path | None = None) -> str:
        """Commit all there is, and return the commit."""
        self.git("add", "--all", folder=folder)
        self.git("commit", "--quiet", "--message", message, folder=folder)
        return self.git("rev-parse", "HEAD", folder=folder)

    def commit_file(self, name: str, text: str) -> str:
        """Commit all there is, with a file that is written first."""
        (self.folder / name).write_text(text)
        return self.commit(f"Write {name}")

    def tool(self, name: str, script: str) -> None:
        """Add a program to the path."""
        file = self.bin / name
        file.write_text(script)
        file.chmod(0o755)

    def plugin(self, name: str, code: str) -> None:
        """Install a distribution with one plugin of one module."""
        (self.site / f"{name}.py").write_text(code)
        info = self.site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[tierdeps]\n{name} = {name}\n")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Provide a folder under git, with tierdeps on the path."""
    folders = [tmp_path / name for name in ("work", "site", "bin")]
    for folder in folders:
        folder.mkdir()
    work, site, programs = folders
    shop = Workshop(work, site, programs)
    shop.tool("tierdeps", f'#!/bin/sh\nexec "{sys.executable}" -m tierdeps "$@"\n')
    shop.git("init", "--quiet", "--initial-branch=main")
    return shop


@pytest.fixture
def read_yaml() -> Any:
    """Read a YAML file of this repository."""
    import yaml

    def read(name: str) -> Any:
        return yaml.safe_load((ROOT / name).read_text())

    return read


@pytest.fixture
def valid_against() -> Any:
    """Validate a document against the schema of a code host, which check-jsonschema contains."""
    pytest.importorskip(
        "check_jsonschema", reason="the code hosts' schemas come with check-jsonschema, an extra for tests"
    )
    import json
    from importlib.resources import files

    import jsonschema

    def check(document: Any, schema: str) -> None:
        path = files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{schema}.json"
        found = json.loads(path.read_text())
        jsonschema.validators.validator_for(found)(found).validate(document)

    return check
