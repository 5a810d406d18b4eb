"""The examples do what they show."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_a_daemon_embeds_the_executor() -> None:
    process = subprocess.Popen([sys.executable, EXAMPLES / "embedded_daemon.py"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert out == "stopped\n"
    assert process.returncode == 0
