"""Dependencies of graphs/stack.toml are removed one at a time, and found by ``tierdeps shake`` on the real programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.test_stack import ROOT, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=f"to be tried with the Debian packages {missing()}"),
    pytest.mark.skipif(os.environ.get("TIERDEPS_LIVE") != "1", reason="to be tried with TIERDEPS_LIVE=1"),
]

#: With TIERDEPS_SHAKE=all every dependency of the stack is removed in one test, which takes minutes; else one of nginx,
#: which starts without its application, and one of the application, which does not start without its store.
SAMPLE = (("nginx", "app"), ("app", "redis"))
REQUIRED = sorted(
    (driver, needed)
    for driver, section in tomllib.loads((ROOT / "graphs/stack.toml").read_text())["drivers"].items()
    for needed in section.get("requires", ())
    if os.environ.get("TIERDEPS_SHAKE") == "all" or (driver, needed) in SAMPLE
)
#: What stays of a driver when it has stopped, below the folder of the data: it is removed before each run.
UNDONE = {"folder": "{driver}", "migrations": "postgres"}


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
    declared = tomllib.loads(text)["drivers"][driver]["requires"]
    left = json.dumps([name for name in declared if name != needed])
    head, section = text.split(f"[drivers.{driver}]\n")
    to.write_text(f"{head}[drivers.{driver}]\n{section.replace(json.dumps(declared), left, 1)}")
    assert tomllib.loads(to.read_text())["drivers"][driver]["requires"] == [name for name in declared if name != needed]
    return to


@pytest.mark.parametrize(("driver", "needed"), REQUIRED)
def test_each_dependency_is_found_when_it_is_not_declared(data: Path, tmp_path: Path, driver: str, needed: str) -> None:
    graph = without(data, tmp_path / "stack.toml", driver, needed)
    reset = UNDONE.get(needed)
    options = () if reset is None else ("--reset", f"rm -rf {data}/{reset.format(driver=driver)}")
    found = shake(graph, "--driver", driver, *options)
    assert f"undeclared dependency: {driver} needs {needed}, seen in " in found
    assert found.count("undeclared dependency: ") == 1


@pytest.mark.skipif(shutil.which("strace") is None, reason="to be tried with the Debian package strace")
@pytest.mark.parametrize(("driver", "needed"), [("migrations", "postgres"), ("nginx", "app")])
def test_a_use_that_is_not_declared_is_seen(data: Path, tmp_path: Path, driver: str, needed: str) -> None:
    graph = without(data, tmp_path / "stack.toml", driver, needed)
    assert f"undeclared dependency: {driver} needs {needed}, seen in a watched run" in shake(graph, "--watch")
