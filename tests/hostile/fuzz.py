"""Runs inputs on a target, and keeps those that show a fault."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from tests.hostile.tally import Fault, Tally
from tests.hostile.target import bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.hostile.target import Target

#: So many inputs are made of a seed.
BATCH = 100


@contextmanager
def own_state() -> Iterator[Path]:
    """Provide an empty folder for all state of tierdeps."""
    before = os.environ.copy()
    top = Path(mkdtemp(prefix="tierdeps-hostile-"))
    os.environ["XDG_STATE_HOME"] = str(top / "state-home")
    os.environ.pop("XDG_RUNTIME_DIR", None)
    try:
        yield top
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(top, ignore_errors=True)


def try_input(target: Target, data: bytes, *, counting: bool = True) -> None:
    """Run one input on a target; any exception is a fault. Calls are only counted where code is not instrumented."""
    with own_state() as top:
        folder = top / "folder"
        folder.mkdir()
        with bounded(len(data), counting=counting):
            target.read(data, folder)


def try_batch(target: Target, seed: int, inputs: int = BATCH) -> tuple[int, Fault | None]:
    """Make inputs of a seed; return how many were tried, and the fault they show."""
    tried, shown = 0, b""

    @seeded(seed)
    @settings(
        max_examples=inputs,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(data=target.inputs)
    def attempt(data: bytes) -> None:
        nonlocal tried, shown
        tried += 1
        try:
            try_input(target, data)
        except Exception:
            shown = data
            raise

    try:
        attempt()
    except Exception as error:  # noqa: BLE001  whatever it is, it is a fault
        return tried, Fault.of(error, shown)
    return tried, None


def fuzz(target: Target, seeds: Iterator[int], until: Callable[[], bool]) -> Tally:
    """Try batches until ``until`` returns True."""
    tried, found = 0, dict[str, Fault]()
    while not until():
        more, fault = try_batch(target, next(seeds))
        tried += more
        if fault is not None and fault.place not in found:
            found[fault.place] = fault
            sys.stderr.write(f"{target.name}: {fault.text}\n")
    return Tally(tried, tuple(found.values()))
