"""``python -m benchmarks.cli``: cold starts of the command line, against the least that such a tool has to do.

The floor imports click and pluggy, looks for entry points among 25 distributions and prints 15 lines; for ``order``,
it imports networkx too. Exits 1 where a ratio is above what it must not exceed. ``--save FILE`` writes the results.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results import Bar, Chart, destination, save
from benchmarks.turns import medians, run

if TYPE_CHECKING:
    from collections.abc import Mapping

DISTRIBUTIONS, DRIVERS, ROUNDS = 25, 15, 15

SCAN = """
import click, pluggy
from importlib.metadata import entry_points
entry_points(group="tierdeps")
"""
SAY = "print(*('a line' for _ in range(15)), sep=chr(10))"
FLOORS = {"without networkx": f"{SCAN}{SAY}", "with networkx": f"{SCAN}import networkx\n{SAY}"}

#: Each command with its floor and what its ratio must not exceed.
COMMANDS = (
    (("--version",), "without networkx", 1.0),
    (("--help",), "without networkx", 1.0),
    (("plugins",), "without networkx", 1.15),
    (("order", "--locked"), "without networkx", 1.15),
    (("order",), "with networkx", 1.15),
)

PLUGIN = f"""
import tierdeps

@tierdeps.hookimpl
def tierdeps_drivers(settings):
    return [
        tierdeps.Driver(f"d{{number}}", dependencies=[tierdeps.requires(f"d{{number - 1}}")] if number else [])
        for number in range({DRIVERS})
    ]
"""


def install(folder: Path) -> None:
    """Lay out distributions as an installer leaves them; the first has the plugin."""
    (folder / "measured_plugin.py").write_text(PLUGIN)
    for number in range(DISTRIBUTIONS):
        info = folder / f"measured_{number}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: measured-{number}\nVersion: 1.0\n")
        group, reference = ("tierdeps", "measured_plugin") if not number else ("console_scripts", "measured:main")
        (info / "entry_points.txt").write_text(f"[{group}]\nmeasured{number} = {reference}\n")


def charts(taken: Mapping[str, float]) -> list[Chart]:
    """Return the chart of each floor: the least that such a tool has to do, and the commands beside it."""
    found = []
    for floor in FLOORS:
        bars = [Bar(f"the imports alone, {floor}", taken[floor] * 1000)]
        for words, of, limit in COMMANDS:
            label = " ".join(words)
            bars += [Bar(f"tierdeps {label}", taken[label] * 1000, taken[floor] * 1000 * limit)] * (of == floor)
        found.append(Chart(f"Processor time of a whole command, {floor}", "ms", tuple(bars)))
    return found


def main(path: Path | None) -> int:
    """Measure all, taking turns, and print the ratios of the medians."""
    tool = [sys.executable, "-m", "tierdeps"]
    commands = {floor: [sys.executable, "-c", script] for floor, script in FLOORS.items()}
    commands |= {" ".join(words): [*tool, *words] for words, _, _ in COMMANDS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        install(folder)
        environment = {"PYTHONPATH": name, "TIERDEPS_ONLY": "measured0"}
        run([*tool, "lock"], folder, environment)
        taken = medians(commands, ROUNDS, folder, environment)
    failed = False
    for floor in FLOORS:
        print(f"{'floor ' + floor:<24} {taken[floor] * 1000:6.0f} ms")
    for words, floor, limit in COMMANDS:
        label = " ".join(words)
        ratio = taken[label] / taken[floor]
        failed |= ratio > limit
        print(f"{label:<24} {taken[label] * 1000:6.0f} ms  {ratio:5.2f} of the floor {floor} (at most {limit:.2f})")
    save(path, "cli", charts(taken))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(destination(sys.argv)))
