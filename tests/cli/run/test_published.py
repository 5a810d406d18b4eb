"""What drivers publish as a secret is in no output of a start, and in no file that it writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
KEY = "AQB-the-key-of-a-monitor"
LIFECYCLES = f"""
from tierdeps import Lifecycle

class Monitor(Lifecycle):
    async def start(self, context):
        context.publish("key", "{KEY}", secret=True)
        context.publish("address", "10.0.0.1")
        context.logger.warning("made %s", "{KEY}")
        print("printed {KEY}")
        context.degraded("{KEY} is old")

class Osd(Lifecycle):
    async def start(self, context):
        raise ValueError(f"{{context.value('mon', 'address', str)}} refused {{context.value('mon', 'key', str)}}")
"""
GRAPH = """
[drivers.mon]
lifecycle = "lifecycles:Monitor"

[drivers.osd]
lifecycle = "lifecycles:Osd"
requires = ["mon"]
"""


def test_a_secret_is_in_no_output_and_in_no_file(tmp_path: Path) -> None:
    state, graph, modules = tmp_path / "state", tmp_path / "stack.toml", tmp_path / "modules"
    modules.mkdir()
    (modules / "lifecycles.py").write_text(LIFECYCLES)
    graph.write_text(GRAPH)
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "PYTHONPATH": f"{ROOT}:{modules}"}
    done = subprocess.run(
        (sys.executable, "-m", "tierdeps", "start", "--once", "--verbose", "--format=json", str(graph)),
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 4
    shown = done.stdout + done.stderr
    for text in (b"10.0.0.1 refused ***", b"made ***", b"printed ***", b"*** is old"):
        assert text in shown
    files = [path for path in state.rglob("*") if path.is_file()]
    assert files
    kept = b"".join(path.read_bytes() for path in files)
    assert b"refused ***" in kept
    assert b"printed ***" in kept
    assert KEY.encode() not in shown + kept
