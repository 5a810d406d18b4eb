"""``python -m benchmarks.findings [KIND...]``: a graph with many findings of one kind, for each kind.

Each is checked with a quarter of its findings and with all of them, in a process of its own: what each finding takes is
to stay the same. ``of plain`` is the ratio to a check of as many drivers with which nothing is wrong. ``--count N``
sets the number of findings. Exits with 1 if a kind takes more than LIMIT seconds of a processor, or twice as many for
two graphs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.finding_kinds import KINDS, Kind, plain
from benchmarks.turns import Cost, names_and_count, run

COUNT = 10_000
#: The seconds of a processor that a check may take.
LIMIT = 3.0
ROW = "{:<24} {:<6} {:>8} {:>9} {:>9} {:>8} {:>9} {:>6} {}"


def measure(kind: Kind, count: int) -> Cost:
    """Return what one check with so many findings takes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "graph.json").write_text(json.dumps(kind.write(count)))
        command = [sys.executable, "-m", "tierdeps", kind.command, "graph.json", *kind.options]
        if kind.other is not None:
            (folder / "other.json").write_text(json.dumps(kind.other(count)))
            command.insert(4, "other.json")  # beside the first graph
        if kind.settings is not None:
            (folder / "settings.toml").write_text(kind.settings(count))
            command += ["--config", "settings.toml"]
        if kind.baseline:
            run([*command, "--update-baseline", *kind.baseline], folder)
        cost = run(command, folder)
        assert cost.code in (0, 1), cost
        return cost


def main(kinds: list[str], count: int) -> int:
    """Print a row for each kind; return 1 if one takes more than it may."""
    over = False
    base = measure(Kind("", plain), count).seconds
    print(ROW.format("kind", "code", "findings", "seconds", "us each", "growth", "of plain", "MiB", ""))
    for name in kinds or KINDS:
        before = 0.0
        for findings in (count // 4, count):
            cost = measure(KINDS[name], findings)
            each = cost.seconds * 1e6 / findings
            growth, ratio = (f"{each / before:.2f}", f"{cost.seconds / base:.1f}") if before else ("", "")
            exceeded = cost.seconds > (LIMIT if KINDS[name].other is None else 2 * LIMIT)  # for two graphs
            cells = (f"{cost.seconds:.2f}", f"{each:.0f}", growth, ratio, f"{cost.peak / 2**20:.0f}")
            print(ROW.format(name, KINDS[name].code, findings, *cells, "EXCEEDED" * exceeded), flush=True)
            before, over = each, over or exceeded
    return int(over)


if __name__ == "__main__":
    sys.exit(main(*names_and_count(COUNT)))
