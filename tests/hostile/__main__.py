"""Run the fuzz targets by hand: ``python -m tests.hostile --minutes 30``."""

from __future__ import annotations

import argparse
import sys
from itertools import count
from pathlib import Path
from random import SystemRandom
from tempfile import gettempdir
from time import monotonic
from typing import TYPE_CHECKING

from tests.hostile.fuzz import fuzz
from tests.hostile.targets import all_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.hostile.target import Target


def main(arguments: Sequence[str] | None = None, targets: Sequence[Target] | None = None) -> int:
    """Run targets for a share of the time each; return 1 where one found a fault."""
    known = {target.name: target for target in targets or all_targets()}
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="for all targets together")
    parser.add_argument("--target", action="append", choices=list(known), help="run this target; may be repeated")
    parser.add_argument("--seed", type=int, help="the first seed, to repeat a run; a new one each time if omitted")
    parser.add_argument("--faults", type=Path, default=Path(gettempdir(), "tierdeps-faults"), help="where inputs go")
    given = parser.parse_args(arguments)
    seed = SystemRandom().randrange(1 << 32) if given.seed is None else given.seed
    chosen = [known[name] for name in given.target or known]
    sys.stdout.write(f"seed {seed}\n")
    faults = sum(_run(target, count(seed), given.minutes * 60 / len(chosen), given.faults) for target in chosen)
    return 1 if faults else 0


def _run(target: Target, seeds: Iterator[int], seconds: float, folder: Path) -> int:
    """Run one target, print what came of it, and return the number of faults."""
    tried, faults = fuzz(target, seeds, _elapsed(seconds))
    sys.stdout.write(f"{target.name}: {tried} inputs, {len(faults)} faults\n")
    for fault in faults:
        path = fault.kept_in(folder, target.name)
        sys.stdout.write(f"  {fault.text}\n  at {fault.place}; the input is in {path}\n")
    sys.stdout.flush()
    return len(faults)


def _elapsed(seconds: float) -> Callable[[], bool]:
    """Return what is true once so much time has passed, but never before the first batch."""
    asked = count()
    until = monotonic() + seconds
    return lambda: next(asked) > 0 and monotonic() >= until


if __name__ == "__main__":
    sys.exit(main())
