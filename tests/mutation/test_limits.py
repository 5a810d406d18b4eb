"""A test that loops or waits for ever ends its process, as mutmut expects it of a mutant that ran out of time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.limits import TIMED_OUT

ROOT = Path(__file__).parents[2]
LIMITS = "from tests.mutation import limits\n\nlimits.CPU_LIMIT_S, limits.WALL_LIMIT_S = {}\n"


@pytest.mark.parametrize(
    ("limits", "statement", "code"),
    [
        ((0.2, 1000.0), "while True:\n        pass", TIMED_OUT),
        ((1000.0, 0.2), "time.sleep(1000)", TIMED_OUT),
        ((1000.0, 1000.0), "assert time", 0),
        ((1000.0, 1000.0), "assert not time", 1),
    ],
)
def test_a_test_that_does_not_end_ends_its_process(
    tmp_path: Path, limits: tuple[float, float], statement: str, code: int
) -> None:
    (tmp_path / "conftest.py").write_text(LIMITS.format(limits), "utf-8")
    (tmp_path / "test_it.py").write_text(f"import time\n\n\ndef test_it():\n    {statement}\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-ptests.mutation.limits", "-pno:cacheprovider", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=300, check=False)
    assert done.returncode == code, done.stdout
