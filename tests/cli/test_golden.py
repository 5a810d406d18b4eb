"""What commands print of the graph files, byte by byte, under two hash seeds.

Where a change of the words is meant, ``TIERDEPS_GOLDEN=write pytest tests/cli/test_golden.py`` writes them again; the
difference is then there to read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
GRAPHS, GOLDEN = TESTS.parent / "graphs", TESTS / "golden"
TIERED, CONFIG = "libvirt-1.2.1-tiered.toml", "libvirt-1.2.1-tiered-config.toml"
#: What the workers of the hosts would state; the last one reads its pool without a key.
POOLS = tuple(f"--assume=pool.auth@kvm{number}={answer}" for number, answer in enumerate(("yes", "yes", "no"), 1))

CASES = {
    "order-libvirt-tiered": ("order", TIERED),
    "order-libvirt-today": ("order", "libvirt-today.toml"),
    "order-fleet-libvirt": ("order", "--explain", *POOLS, "fleet-libvirt.toml"),
    "check-fleet-libvirt": ("check", *POOLS, "fleet-libvirt.toml"),
    "order-disabled-middle": ("order", "disabled-middle.toml"),
    "order-explain-libvirt-config": ("order", "--explain", CONFIG),
    "order-explain-untiered": ("order", "--explain", "untiered.toml"),
    "order-explain-phases": ("order", "--explain", "mutual-phases.toml"),
    "check-libvirt-tiered": ("check", TIERED),
    "check-libvirt-config": ("check", CONFIG),
    "check-unknown-host": ("check", "unknown-host.toml"),
    "check-two-cycles": ("check", "two-cycles.toml"),
    "check-ladder": ("check", "ladder.toml"),
    "check-inversion": ("check", "inversion.toml"),
    "check-conditional-cycle": ("check", "conditional-cycle.toml"),
    "why-storage": ("why", "storage", "--graph", TIERED),
    "why-metrics": ("why", "metrics", "--graph", "untiered.toml"),
    "why-qemu-phases": ("why", "qemu", "--graph", "mutual-phases.toml"),
    "why-in-a-cycle": ("why", "c", "--graph", "ladder.toml"),
    "why-qemu-secret": ("why", "qemu", "secret", "--graph", CONFIG),
    "why-storage-qemu": ("why", "storage", "qemu", "--graph", TIERED),
    "why-through-a-cycle": ("why", "web", "queue", "--graph", "two-cycles.toml"),
    "why-clock-metrics": ("why", "clock", "metrics", "--graph", "untiered.toml"),
    "graph-tree": ("graph", "--format", "tree", CONFIG),
    "graph-tree-of-cycles": ("graph", "--format", "tree", "two-cycles.toml"),
    "graph-tree-of-hosts": ("graph", "--format", "tree", "--focus", "mgr", "fleet-libvirt.toml"),
    "why-tree": ("why", "qemu", "--tree", "--graph", CONFIG),
    "why-dependents": ("why", "remote", "--dependents", "--depth", "1", "--graph", CONFIG),
    "check-concise": ("check", "--format", "concise", "unknown-tier.toml"),
    "diff-tiers": ("diff", "libvirt-1.2.1.toml", TIERED),
    "diff-fixed": ("diff", TIERED, CONFIG),
    "diff-fixed-markdown": ("diff", TIERED, CONFIG, "--format", "markdown"),
    "diff-fixed-json": ("diff", TIERED, CONFIG, "--format", "json"),
}

PROGRAM = """
import contextlib, io, json, sys
from tierdeps.cli import run_cli
said = {}
for name, arguments in json.load(sys.stdin).items():
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        run_cli(arguments)
    said[name] = out.getvalue()
json.dump(said, sys.stdout)
"""


@pytest.fixture(scope="module", params=["0", "1"], ids=lambda seed: f"hash-seed-{seed}")
def said(request: pytest.FixtureRequest) -> dict[str, str]:
    """What every command prints under one hash seed."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(CASES),
        cwd=GRAPHS,
        env={**os.environ, "PYTHONHASHSEED": request.param},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", CASES)
def test_prints_the_same_bytes_as_ever(said: dict[str, str], name: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("TIERDEPS_GOLDEN") == "write":
        file.write_text(said[name], encoding="utf-8")
    assert said[name], "there is always an answer"
    assert said[name] == file.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)
