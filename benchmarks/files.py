"""``python -m benchmarks.files [SIZE...]``: whole processes that read a graph file and print its order, beside peers.

``tierdeps order FILE`` is compared with a script that parses the file, resolves the names with rustworkx and prints the
generations. JSON and JSON lines are parsed by orjson, TOML by tomllib, YAML by PyYAML. The files have names and
requirements, or tiers and wants too; names and drivers are in no order. The table has processor time, its ratio to the
peer, what it is for each driver, how that grew since the smaller size, and the peak of memory. ``--save FILE``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import graphs
from benchmarks.results import Bar, Chart, destination, save
from benchmarks.turns import Cost, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Tables = dict[str, dict[str, Any]]

SIZES = (10_000, 100_000)
ROUNDS = 3
ROW = "{:<6} {:<6} {:>9} {:<9} {:>9} {:>6} {:>9} {:>7} {:>6}"

#: How the peer reads each kind of file, as a mapping from names to tables.
PARSERS = {
    "json": "import orjson; tables = orjson.loads(open(path, 'rb').read())['drivers']",
    "jsonl": "import orjson; rows = map(orjson.loads, open(path, 'rb'));"
    "tables = {row['name']: row for row in rows if 'name' in row}",
    "toml": "import tomllib; tables = tomllib.load(open(path, 'rb'))['drivers']",
    "yaml": "import yaml; tables = yaml.load(open(path, 'rb'), Loader=yaml.SafeLoader)['drivers']",
}
PEER = """
import sys, rustworkx
path = sys.argv[1]
{parse}
graph = rustworkx.PyDiGraph()
number = dict(zip(tables, graph.add_nodes_from(list(tables))))
graph.add_edges_from_no_data(
    [(number[other], number[name]) for name, table in tables.items() for key in ("requires", "wants")
     for other in table.get(key, ())])
for place, generation in enumerate(rustworkx.topological_generations(graph), 1):
    print(place, "  ".join(sorted(graph[index] for index in generation)))
"""


def tables(count: int, vocabulary: str) -> Tables:
    """Return the drivers of a graph; with ``tiers``, each names one of four, and wants what it else requires last."""
    layered = graphs.layered(count)
    named = graphs.permuted(layered)
    if vocabulary == "plain":
        return {name: {"requires": others} for name, others in named.items()}
    depth = _depths(named)
    deepest = max(depth.values()) + 1
    return {
        name: {"tier": f"tier{4 * depth[name] // deepest}", "requires": others[:-1], "wants": others[-1:]}
        for name, others in named.items()
    }


def _depths(requirements: graphs.Requirements) -> dict[str, int]:
    from graphlib import TopologicalSorter

    depth: dict[str, int] = {}
    for name in TopologicalSorter(requirements).static_order():
        depth[name] = 1 + max((depth[other] for other in requirements[name]), default=-1)
    return depth


def _order(vocabulary: str) -> list[str]:
    return [] if vocabulary == "plain" else [f"tier{number}" for number in range(4)]


def _json(drivers: Tables, order: list[str]) -> str:
    return json.dumps({"tiers": {"order": order}, "drivers": drivers} if order else {"drivers": drivers})


def _jsonl(drivers: Tables, order: list[str]) -> str:
    head = [{"tiers": {"order": order}}] if order else []
    return "".join(f"{json.dumps(row)}\n" for row in (*head, *({"name": name, **row} for name, row in drivers.items())))


def _toml(drivers: Tables, order: list[str]) -> str:
    head = f"tiers.order = {json.dumps(order)}\n" if order else ""
    rows = ("\n".join(f"{key} = {json.dumps(value)}" for key, value in row.items()) for row in drivers.values())
    return head + "".join(f"[drivers.{name}]\n{row}\n\n" for name, row in zip(drivers, rows, strict=True))


def _yaml(drivers: Tables, order: list[str]) -> str:
    head = f"tiers:\n  order: [{', '.join(order)}]\n" if order else ""
    rows = (
        "".join(f"    {key}: {json.dumps(value).replace(chr(34), '')}\n" for key, value in row.items())
        for row in drivers.values()
    )
    return f"{head}drivers:\n" + "".join(f"  {name}:\n{row}" for name, row in zip(drivers, rows, strict=True))


WRITERS: Mapping[str, Callable[[Tables, list[str]], str]] = {
    "json": _json,
    "jsonl": _jsonl,
    "toml": _toml,
    "yaml": _yaml,
}


def _costs(path: Path) -> dict[str, Cost]:
    """Return the median of what each takes; they take turns."""
    script = PEER.format(parse=PARSERS[path.suffix[1:]])
    commands = {
        "tierdeps": [sys.executable, "-m", "tierdeps", "order", str(path)],
        "peer": [sys.executable, "-c", script, str(path)],
    }
    rounds = [{name: run(command, path.parent) for name, command in commands.items()} for _ in range(ROUNDS)]
    assert all(cost.code == 0 for one in rounds for cost in one.values()), rounds
    return {name: sorted(one[name] for one in rounds)[ROUNDS // 2] for name in commands}


def _write(path: Path, size: int, vocabulary: str) -> None:
    """Write a file in a process of its own: the peak of memory of a process starts with that of its parent."""
    run([sys.executable, "-m", "benchmarks.files", "--write", str(path), str(size), vocabulary], Path())


def main(sizes: tuple[int, ...], kinds: tuple[str, ...], path: Path | None) -> None:
    """Print a row for each size of each kind of file."""
    charts = []
    print(ROW.format("file", "words", "drivers", "", "seconds", "ratio", "us/driver", "growth", "MiB"))
    for kind in kinds:
        for vocabulary in ("plain", "tiers"):
            smaller: dict[str, float] = {}
            for size in sizes:
                with tempfile.TemporaryDirectory() as folder:
                    file = Path(folder, f"graph.{kind}")
                    _write(file, size, vocabulary)
                    found = _costs(file)
                for name, cost in found.items():
                    each = cost.seconds * 1e6 / size
                    growth = f"{each / smaller[name]:.2f}" if name in smaller else ""
                    ratio = f"{cost.seconds / found['peer'].seconds:.2f}"
                    cells = (f"{cost.seconds:.2f}", ratio, f"{each:.1f}", growth, f"{cost.peak / 2**20:.0f}")
                    print(ROW.format(kind, vocabulary, size, name, *cells), flush=True)
                    smaller[name] = each
                title = f"From a file to an order, {kind}, {vocabulary}, {size:,} drivers"
                charts.append(Chart(title, "s", tuple(Bar(name, cost.seconds) for name, cost in found.items())))
    save(path, "files", charts)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        name, size, vocabulary = sys.argv[2:5]
        file = Path(name)
        file.write_text(WRITERS[file.suffix[1:]](tables(int(size), vocabulary), _order(vocabulary)))
    else:
        path = destination(sys.argv)
        chosen = tuple(kind for kind in WRITERS if kind in sys.argv[1:]) or tuple(WRITERS)
        main(tuple(int(float(size)) for size in sys.argv[1:] if size not in WRITERS) or SIZES, chosen, path)
