"""Run mutmut on a random sample of the mutants of some files, and print the share that the tests kill.

``nice python -m tests.mutation --count 600 --seed 15 tierdeps/executor/{,*/}*.py``; without a count, all mutants
are run.
``mutmut show NAME`` prints a mutant that survived.
"""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from collections import Counter
from math import sqrt
from pathlib import Path
from random import Random

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import get_mutant_name

#: Of a normal distribution, for an interval of 95 %.
QUANTILE = 1.96


def main() -> None:
    """Run a sample in batches, in random order: one that is interrupted is a sample too."""
    parser = ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--count", type=int, help="how many mutants to run; all, if not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--max-children", type=int, default=2)
    options = parser.parse_args()
    names = mutants(options.files)
    Random(options.seed).shuffle(names)  # noqa: S311  a sample is no secret
    sample = names[: options.count]
    for start in range(0, len(sample), options.batch):
        batch = sample[start : start + options.batch]
        command = [sys.executable, "-m", "mutmut", "run", f"--max-children={options.max_children}", *batch]
        subprocess.run(command, check=True)
        report(options.files, sample[: start + options.batch], len(names))


def mutants(files: list[Path]) -> list[str]:
    """Name all mutants of some files, in order."""
    return [
        get_mutant_name(file, name)
        for file in sorted(files)
        for name in mutate_file_contents(str(file), file.read_text("utf-8")).mutant_names
    ]


def report(files: list[Path], sample: list[str], total: int) -> None:
    """Print what became of a sample."""
    codes: dict[str, int | None] = {}
    for file in files:
        data = SourceFileMutationData(path=file)
        data.load()
        codes.update(data.exit_code_by_key)
    statuses = {name: status_by_exit_code[codes[name]] for name in sample}
    counts = Counter(statuses.values())
    caught = counts["killed"] + counts["timeout"]
    low, high = interval(caught, len(sample))
    for name in sorted(name for name in sample if statuses[name] not in ("killed", "timeout")):
        print(f"{statuses[name]}: {name}")  # noqa: T201
    share = f"{caught / len(sample):.1%} (95 %: {low:.1%} to {high:.1%})"
    print(f"{len(sample)} of {total} mutants: {dict(counts)}; killed or out of time: {share}")  # noqa: T201


def interval(hits: int, count: int) -> tuple[float, float]:
    """Return the Wilson interval of a share."""
    share, weight = hits / count, QUANTILE**2 / count
    centre = (share + weight / 2) / (1 + weight)
    spread = QUANTILE * sqrt(share * (1 - share) / count + weight / count / 4) / (1 + weight)
    return centre - spread, centre + spread


if __name__ == "__main__":
    main()
