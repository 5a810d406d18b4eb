"""Temporary git repositories in which revisions are compared."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

OLD = """\
[tiers]
order = ["core", "hypervisor"]
[drivers.clock]
tier = "hypervisor"
[drivers.audio]
[drivers.video]
requires = ["audio"]
"""
NEW = OLD.replace("[drivers.audio]", '[drivers.audio]\nrequires = [{ on = "clock", reason = "it keeps the beat" }]')

WHO = ("-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false")


def git(*arguments: str, folder: Path | None = None) -> str:
    """Run git, which must succeed."""
    command = ("git", *WHO, "-c", "protocol.file.allow=always", *arguments)
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(message: str) -> str:
    """Commit all there is, and return the commit."""
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", message)
    return git("rev-parse", "HEAD")


def put(name: str, text: str) -> Path:
    """Write a file, and the folders that it needs."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def document(ask: Ask, *arguments: str) -> Any:
    """Return the JSON document of a comparison, which must succeed."""
    answer = ask("diff", "--format", "json", *arguments)
    assert (answer.code, answer.err) == (0, "")
    return json.loads(answer.out)


@pytest.fixture
def repository(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """A repository whose main has OLD and whose branch has NEW; the attributes keep both out of archives."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)  # set where these tests are themselves run by git
    git("init", "--initial-branch=main")
    put(".gitattributes", "graphs export-ignore\n")
    put("graphs/site.toml", OLD)
    commit("old")
    git("checkout", "-b", "branch")
    put("graphs/site.toml", NEW)
    put("graphs/more file.toml", "[drivers.extra]\n")
    commit("new")
    return ask
