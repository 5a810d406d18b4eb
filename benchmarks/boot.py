"""``python -m benchmarks.boot [SERVICES...]``: other systems' files, from the files to the report.

Each row is whole processes that take turns, and the share of tierdeps of what the peer takes: of a generated compose
file, PyYAML's C loader and a topological sort by plain networkx, which finds no more than whether there is an order; of
units of systemd, ``systemd-analyze verify`` (:mod:`benchmarks.units`).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import units
from benchmarks.turns import medians

SIZES = (5_000,)
ROUNDS = 5
ROW = "{:<10} {:>9} {:>10} {:>10} {:>7}"
#: How many services before it each service waits for.
NEEDED = 3
#: The least that a check of a compose file does: read it, and look for an order.
PEER = """
import sys, yaml, networkx
with open(sys.argv[1], "rb") as file:
    services = yaml.load(file, Loader=yaml.CSafeLoader)["services"]
graph = networkx.DiGraph()
graph.add_nodes_from(services)
graph.add_edges_from((other, name) for name, service in services.items() for other in service.get("depends_on", ()))
list(networkx.lexicographical_topological_sort(graph))
"""


def compose(count: int) -> str:
    """Return a compose file with so many services, written as such files are."""
    return "services:\n" + "".join(map(_service, range(count)))


def _service(number: int) -> str:
    needed = range(max(0, number - NEEDED), number)
    depends = "".join(f"      s{other:05}:\n        condition: service_healthy\n" for other in needed)
    return f"""\
  s{number:05}:
    image: registry.example.com/team/app-{number}:1.0
    restart: unless-stopped
    environment:
      LOG_LEVEL: info
      PORT: "{8000 + number % 1000}"
    ports:
      - "{8000 + number % 1000}:80"
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost/"]
      interval: 5s
{"    depends_on:" if depends else ""}
{depends}"""


def main(sizes: list[int]) -> None:
    """Print a row for each size."""
    print(ROW.format("files", "services", "peer s", "tierdeps s", "share"))
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "compose.yaml").write_text(compose(size))
            commands = {
                "peer": [sys.executable, "-c", PEER, "compose.yaml"],
                "tierdeps": [sys.executable, "-m", "tierdeps", "check", "compose.yaml"],
            }
            taken = medians(commands, ROUNDS, Path(folder))
        share = taken["tierdeps"] / taken["peer"]
        print(
            ROW.format("compose", size, f"{taken['peer']:.2f}", f"{taken['tierdeps']:.2f}", f"{share:.2f}"), flush=True
        )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
    sys.exit(units.main([]))
