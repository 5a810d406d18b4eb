"""The coverage-guided engine: atheris, in a process for each target, because libFuzzer ends its process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.hostile.tally import Fault, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOP = Path(__file__).parents[2]
#: If the process dies this often, its target is not tried any more.
MOST_DEATHS = 5
_TRIED = re.compile(r"^stat::number_of_executed_units: *(\d+)", re.MULTILINE)
_COVERED = re.compile(r"^#(\d+)\t.* cov: (\d+) ", re.MULTILINE)
#: The file names of slow inputs, which do not end the process.
_ARTIFACT = re.compile(r"Test unit written to (.+/(?:crash|oom|timeout|leak)-\S+)$", re.MULTILINE)
_CAUSE = re.compile(r"^==\d+== *(?:ERROR|FATAL): (.+)$", re.MULTILINE)


def installed() -> bool:
    """Return whether atheris can be imported here."""
    return find_spec("atheris") is not None


def fuzz_guided(target: str, seeds: Iterator[int], seconds: float, corpus: Path | None = None) -> Tally:
    """Run a target for some time; what ends its process is a fault too, and another one takes the rest of the time."""
    with TemporaryDirectory(prefix="tierdeps-guided-") as made:
        folder = Path(made)
        left, tried, edges, found = seconds, 0, 0, dict[str, Fault]()
        for _ in range(MOST_DEATHS):
            options = [str(corpus or folder / "corpus"), str(folder / "faults.jsonl"), f"{left:.0f}"]
            spent, talk = _child([target, str(next(seeds)), *options], folder)
            tried += executed(talk)
            edges = max(edges, covered(talk))
            left -= spent
            deaths = list(deaths_in(talk, target))
            found.update((fault.place, fault) for fault in (*_reported(folder / "faults.jsonl"), *deaths))
            if not deaths or left < 1:
                break
        return Tally(tried, tuple(found.values()), edges)


def _child(words: Sequence[str], folder: Path) -> tuple[float, str]:
    """Run the engine once; return the seconds it took and what it said."""
    from time import monotonic

    log = folder / "log"
    began = monotonic()
    with log.open("wb") as out:
        command = [sys.executable, "-m", "tests.hostile.libfuzzer", *words]
        code = subprocess.run(
            command, cwd=TOP, stdout=out, stderr=out, stdin=subprocess.DEVNULL, check=False
        ).returncode
    talk = log.read_text(errors="replace")
    if code and not _ARTIFACT.search(talk):
        raise RuntimeError(f"the fuzzing process ended with {code} and no input: {talk[-2000:]}")
    return monotonic() - began, talk


def executed(talk: str) -> int:
    """Return how many inputs libFuzzer reports, or at least the number of the last reported one."""
    total = _TRIED.search(talk)
    return int(total[1]) if total else max((int(number) for number, _ in _COVERED.findall(talk)), default=0)


def covered(talk: str) -> int:
    """Return how many edges libFuzzer reports as covered."""
    return max((int(edges) for _, edges in _COVERED.findall(talk)), default=0)


def deaths_in(talk: str, target: str) -> Iterator[Fault]:
    """Yield the causes of the end of the process: a crash of C code, too much memory."""
    for path in _ARTIFACT.findall(talk):
        cause = _CAUSE.search(talk)
        yield Fault(cause[1] if cause else "the process died", f"the process of {target}", Path(path).read_bytes())


def _reported(path: Path) -> Iterator[Fault]:
    for line in path.read_text().splitlines() if path.exists() else ():
        text, place, data = json.loads(line)
        yield Fault(text, place, bytes.fromhex(data))
