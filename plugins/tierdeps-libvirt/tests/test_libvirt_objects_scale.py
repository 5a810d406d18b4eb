"""Of four times as many objects a check takes four times the steps, counted as Python executes them, in no time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from benchmarks.libvirt import check_connection

def count(size):
    steps = 0
    def trace(frame, event, argument):
        nonlocal steps
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        steps += event == "opcode"
        return trace
    import threading
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        found = check_connection(size, 2)
    finally:
        sys.settrace(None)
        threading.settrace(None)
    assert found, "pools that guests serve"
    return steps

count(40)
print(count(80), count(320))
"""


def test_the_steps_grow_with_the_objects_and_no_faster() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    fewer, more = map(int, done.stdout.split())
    assert more < 5 * fewer
