"""``python -m benchmarks.findings [KIND...]``: a graph with many findings of one kind, for each kind.

Each is checked with half of its findings and with all of them, in a process of its own: what each finding takes is to
stay the same. ``of plain`` is the ratio to a check of as many drivers with which nothing is wrong. ``--count N`` sets
the number of findings, ``--format NAME`` the format of the checks. Exits with 1 if a kind takes more than LIMIT seconds
of a processor, or twice as many for two graphs. No graph by itself can have findings of TD301, TD302, TD303 and TD305.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.finding_kinds import KINDS as PLAIN_KINDS
from benchmarks.finding_kinds import Kind, plain
from benchmarks.host_kinds import HOST_KINDS
from benchmarks.turns import Cost, names_and_count, run

COUNT = 10_000
KINDS = PLAIN_KINDS | HOST_KINDS
#: The seconds of a processor that a check may take.
LIMIT = 3.0
ROW = "{:<24} {:<6} {:>8} {:>9} {:>9} {:>8} {:>9} {:>6} {}"


def measure(kind: Kind, count: int, format_name: str = "text") -> Cost:
    """Return what one check with so many findings takes, whose answer has this format."""
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
        if kind.fixed is not None:
            (folder / "graph.json").write_text(json.dumps(kind.fixed(count)))
        if kind.command == "check":
            command += ["--format", format_name]
        cost = run(command, folder)
        assert cost.code in (0, 1), cost
        return cost


def main(kinds: list[str], count: int, format_name: str) -> int:
    """Print a row for each kind; return 1 if one takes more than it may."""
    over = False
    base = measure(Kind("", plain), count).seconds
    print(ROW.format("kind", "code", "findings", "seconds", "us each", "growth", "of plain", "MiB", ""))
    for name in kinds or KINDS:
        before = 0.0
        for findings in (count // 2, count):
            cost = measure(KINDS[name], findings, format_name)
            each = cost.seconds * 1e6 / findings
            growth, ratio = (f"{each / before:.2f}", f"{cost.seconds / base:.1f}") if before else ("", "")
            exceeded = cost.seconds > (LIMIT if KINDS[name].other is None else 2 * LIMIT)  # for two graphs
            cells = (f"{cost.seconds:.2f}", f"{each:.0f}", growth, ratio, f"{cost.peak / 2**20:.0f}")
            print(ROW.format(name, KINDS[name].code, findings, *cells, "EXCEEDED" * exceeded), flush=True)
            before, over = each, over or exceeded
    return int(over)


if __name__ == "__main__":
    arguments, count = names_and_count(COUNT)
    chosen = "text"
    if "--format" in arguments:
        place = arguments.index("--format")
        _, chosen = arguments[place : place + 2]
        del arguments[place : place + 2]
    sys.exit(main(arguments, count, chosen))
