"""What is said of configuration roots, byte by byte: a healthy one, and one for each thing that can be wrong.

Where a change of the words is meant, ``TIERDEPS_GOLDEN=write pytest`` on this file writes them again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOTS, GOLDEN = TESTS / "roots", TESTS / "golden"
SECRET = "secret/0a81f5b2-8403-4b23-88d6-21ccc2f80d6f"  # noqa: S105  a name

#: What each root has wrong with it, and how a check of it ends.
FAULTS = {
    "bridge-not-marked": 1,
    "broken-file": 1,
    "entities": 1,
    "filters-in-a-cycle": 1,
    "guest-not-marked": 1,
    "guest-on-its-own-pool": 1,
    "healthy": 0,
    "host-bridge": 0,
    "link-out": 1,
    "marked-once": 1,
    "mount-not-marked": 1,
    "network-missing": 1,
    "network-not-marked": 1,
    "not-marked-unmet": 0,
    "pool-served-by-a-guest": 1,
    "pool-in-a-pool": 1,
    "pool-not-marked": 0,
    "secret-ephemeral": 1,
    "secret-missing": 1,
    "secret-without-value": 1,
    "tls-secret-without-value": 1,
    "usage-misspelt": 1,
    "volume-of-rbd": 1,
    "metadata-without-effect": 0,
    "order-ignored": 0,
}
CASES = {f"check-{root}": ("check", root) for root in FAULTS} | {
    "order-healthy": ("order", "healthy"),
    "order-host-bridge": ("order", "host-bridge"),
    "order-pool-served-by-a-guest": ("order", "pool-served-by-a-guest"),
    "order-pool-not-marked": ("order", "pool-not-marked"),
    "order-broken-file": ("order", "broken-file"),
    "graph-healthy": ("graph", "healthy"),
    "graph-dot-healthy": ("graph", "healthy", "--format", "dot"),
    "why-web": ("why", "domain/web", "--graph", "healthy"),
    "why-db-secret": ("why", "domain/db", SECRET, "--graph", "healthy"),
    "why-web-filer": ("why", "domain/web", "domain/filer", "--graph", "pool-served-by-a-guest"),
    "start-dry-run-healthy": ("start", "--dry-run", "healthy"),
    "explain": ("explain", "LV105"),
}

PROGRAM = """
import contextlib, io, json, runpy, sys
said = {}
for name, arguments in json.load(sys.stdin).items():
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["tierdeps", *arguments, "--only", "libvirt"]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_module("tierdeps", run_name="__main__")
        except SystemExit as ended:
            said[name] = f"{out.getvalue()}{err.getvalue()}exit {ended.code}\\n"
json.dump(said, sys.stdout)
"""


@pytest.fixture(scope="module", params=["0", "1"], ids=lambda seed: f"hash-seed-{seed}")
def said(request: pytest.FixtureRequest) -> dict[str, str]:
    """What every command says under one hash seed."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(CASES),
        cwd=ROOTS,
        env={**os.environ, "PYTHONHASHSEED": request.param},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", CASES)
def test_says_the_same_bytes_as_ever(said: dict[str, str], name: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("TIERDEPS_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(said[name], encoding="utf-8")
    assert said[name] == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(("root", "code"), FAULTS.items())
def test_a_check_ends_as_it_should(said: dict[str, str], root: str, code: int) -> None:
    assert said[f"check-{root}"].endswith(f"\nexit {code}\n")


def test_every_root_is_checked_and_no_golden_file_is_left_over() -> None:
    assert {path.name for path in ROOTS.iterdir()} == set(FAULTS)
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


def test_origins_name_the_file_as_the_root_was_given(said: dict[str, str]) -> None:
    root = str(ROOTS / "pool-not-marked")
    from_elsewhere = subprocess.run(
        [sys.executable, "-m", "tierdeps", "check", root, "--only", "libvirt"],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    told = from_elsewhere.stdout.replace(root, "pool-not-marked")
    assert told != from_elsewhere.stdout
    assert f"{told}exit {from_elsewhere.returncode}\n" == said["check-pool-not-marked"]
