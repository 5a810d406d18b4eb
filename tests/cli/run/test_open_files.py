"""A start of more processes than the soft limit of open files allows."""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.cli.hosts import TIMEOUT_S

if TYPE_CHECKING:
    from pathlib import Path

SOFT_LIMIT = 40


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT_LIMIT, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def test_a_start_has_the_hard_limit_and_its_programs_have_the_soft_one(tmp_path: Path) -> None:
    drivers = [f'[drivers.d{number}]\ncommand = ["sleep", "1000"]\n' for number in range(SOFT_LIMIT)]
    shows = '[drivers.shows]\ncommand = ["sh", "-c", "sleep 0.2; ulimit -Sn > limit"]\nready = "exit"\n'
    (tmp_path / "graph.toml").write_text("".join((*drivers, shows)))
    done = subprocess.run(
        [sys.executable, "-m", "tierdeps", "start", "graph.toml", "--once"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        preexec_fn=limit,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "limit").read_text() == f"{SOFT_LIMIT}\n"
