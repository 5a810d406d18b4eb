"""Run the fuzz targets by hand, or rounds of chaos: ``python -m tests.hostile --minutes 30``, ``--chaos 200``."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from itertools import count
from pathlib import Path
from random import SystemRandom
from tempfile import gettempdir
from time import monotonic
from typing import TYPE_CHECKING

from tests.hostile.chaos.run import PROCESSES, play
from tests.hostile.chaos.run import run as play_rounds
from tests.hostile.chaos.signals import storm
from tests.hostile.fuzz import fuzz
from tests.hostile.guided import fuzz_guided, installed
from tests.hostile.targets import all_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.hostile.tally import Tally
    from tests.hostile.target import Target

ENGINES = {
    "atheris": "atheris, guided by coverage, a process for each target",
    "hypothesis": "Hypothesis, not guided by coverage (atheris: pip install -e '.[fuzz]')",
}


def main(arguments: Sequence[str] | None = None, targets: Sequence[Target] | None = None) -> int:
    """Run targets for a share of the time each; return 1 where one found a fault."""
    known = {target.name: target for target in targets or all_targets()}
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="for all targets together")
    parser.add_argument("--target", action="append", choices=list(known), help="run this target; may be repeated")
    parser.add_argument("--seed", type=int, help="the first seed, to repeat a run; a new one each time if omitted")
    parser.add_argument("--faults", type=Path, default=Path(gettempdir(), "tierdeps-faults"), help="where inputs go")
    parser.add_argument("--engine", choices=list(ENGINES), help="atheris where it is installed, else hypothesis")
    parser.add_argument("--corpus", type=Path, help="a folder in which atheris keeps its inputs for the next run")
    parser.add_argument("--chaos", type=int, metavar="N", help="play so many rounds of chaos instead")
    parser.add_argument("--signals", type=int, metavar="N", help="send so many runs signals instead")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="of the graph of a round of chaos")
    given = parser.parse_args(arguments)
    seed = SystemRandom().randrange(1 << 32) if given.seed is None else given.seed
    if given.chaos or given.signals:
        return _play_rounds(given, seed)
    chosen = [known[name] for name in given.target or known]
    if given.engine == "atheris" and not installed():
        parser.error("atheris is not installed; try: pip install -e '.[fuzz]'")
    name = given.engine or ("atheris" if targets is None and installed() else "hypothesis")
    sys.stdout.write(f"seed {seed}\nengine: {ENGINES[name]}\n")
    seeds, seconds = count(seed), given.minutes * 60 / len(chosen)
    faults = 0
    for target in chosen:
        if name == "atheris":
            tally = fuzz_guided(target.name, seeds, seconds, given.corpus and given.corpus / target.name)
        else:
            tally = fuzz(target, seeds, _elapsed(seconds))
        _print(target.name, tally, given.faults)
        faults += len(tally.faults)
    return 1 if faults else 0


def _play_rounds(given: argparse.Namespace, seed: int) -> int:
    """Play rounds of chaos, or send runs signals; return 1 where one failed."""
    if given.chaos:
        return 1 if play_rounds(given.chaos, seed, partial(play, processes=given.processes)) else 0
    return 1 if play_rounds(given.signals, seed, storm) else 0


def _print(name: str, tally: Tally, folder: Path) -> None:
    """Print the result of a target, and keep the inputs that showed a fault."""
    sys.stdout.write(f"{name}: {tally}\n")
    for fault in tally.faults:
        sys.stdout.write(f"  {fault.text}\n  at {fault.place}; the input is in {fault.kept_in(folder, name)}\n")
    sys.stdout.flush()


def _elapsed(seconds: float) -> Callable[[], bool]:
    """Return what is true once so much time has passed, but never before the first batch."""
    asked = count()
    until = monotonic() + seconds
    return lambda: next(asked) > 0 and monotonic() >= until


if __name__ == "__main__":
    sys.exit(main())
