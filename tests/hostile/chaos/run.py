"""Rounds by hand: each is reported in a line, and one that failed keeps its folder."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic
from typing import TYPE_CHECKING

from tests.hostile.chaos.round import Round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: How many processes the graph of a round has.
PROCESSES = 50


def play(seed: int, folder: Path, processes: int = PROCESSES) -> list[str]:
    """Play a round in an empty folder; return its faults, each with what was done."""
    played = Round(seed, folder, processes)
    faults = played.play()
    return [f"{fault}\n  after: {'; '.join(played.history)}" for fault in faults]


def run(rounds: int, seed: int, play_one: Callable[[int, Path], list[str]] = play) -> int:
    """Play so many rounds, with the seeds from this one on; return how many failed."""
    with heard():
        failed = sum(_reported(number, play_one) for number in range(seed, seed + rounds))
    sys.stdout.write(f"{rounds} rounds, {failed} failed\n")
    return failed


@contextmanager
def heard() -> Iterator[None]:
    """Let commands handle SIGINT and SIGQUIT, which are ignored if a shell started this process in the background."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reported(seed: int, play_one: Callable[[int, Path], list[str]]) -> bool:
    folder = Path(mkdtemp(prefix=f"tierdeps-chaos-{seed}-"))
    started = monotonic()
    faults = play_one(seed, folder)
    sys.stdout.write(f"round {seed}: {len(faults)} faults in {monotonic() - started:.1f} s\n")
    sys.stdout.writelines(f"  {fault}\n" for fault in faults)
    if faults:
        sys.stdout.write(f"  to repeat: the same with 1 and --seed {seed}; its folder is {folder}\n")
    else:
        rmtree(folder)
    sys.stdout.flush()
    return bool(faults)
