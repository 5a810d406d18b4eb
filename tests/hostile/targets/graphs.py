"""Graph files of all four formats: read, and given to whole commands."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.hostile.commanding import run_words
from tests.hostile.inputs import KEYS, documents, json_texts, toml_texts
from tests.hostile.target import Target, demand_sentence
from tests.importers.test_any_bytes import IMPORTERS
from tierdeps.errors import InputError
from tierdeps.importers import Importer, Source
from tierdeps.model import Declarations

if TYPE_CHECKING:
    from collections.abc import Iterable

GRAPHS = Path(__file__).parents[3] / "graphs"
RICH = b"""[tiers.core]
[tiers.late]
after = ["core"]
[facts]
root = true
[choose]
db = "a"
[drivers.a]
tier = "core"
provides = ["db"]
phases = ["one", "two"]
timing = { one = "lognormal(0.05, 0.5)" }
[drivers.b]
tier = "late"
requires = [{ on = "db", phase = "one", when = "root" }]
wants = ["a:two"]
command = ["true"]
ready = "log:up"
env = { A = "b" }
stop_signal = "SIGTERM"
retries = 3
on_failure = "isolate"
"""
#: The heads under which most is said.
HEADS = ("[drivers.a]", "[drivers.b]", "[[drivers]]", "[tiers.a]", "[facts]", "[choose]", "[[drivers.a.requires]]")
#: PyYAML is slow.
QUICK = {"yaml": 50}
COMMANDS = ("check", "order", "graph", "check --format=github", "check --format=sarif", "simulate --restarts=1")


def sound(suffix: str) -> list[bytes]:
    """Return the graph files of this project of one format."""
    return [path.read_bytes() for path in sorted(GRAPHS.glob(f"*.{suffix}")) if path.stat().st_size < 1 << 13]


def texts(importer: Importer) -> st.SearchStrategy[bytes]:
    """Return inputs of a format."""
    match importer.name:
        case "toml":
            return documents(toml_texts(KEYS, HEADS), [*sound("toml"), RICH])
        case "jsonl":
            return documents(st.lists(json_texts(KEYS), max_size=4).map("\n".join), sound("jsonl"))
        case other:
            return documents(json_texts(KEYS), sound(other))


def read(importer: Importer, data: bytes, folder: Path) -> None:
    """Read a graph as an importer does that was chosen by the name of the file."""
    source = Source("given", folder / "given", data)
    importer.recognises(source)
    try:
        assert isinstance(importer.read(source), Declarations)
    except InputError as error:
        demand_sentence(error)


def command(data: bytes, folder: Path) -> None:
    """Give a graph to a command: the first byte of the input says to which, and of what format the graph is."""
    kind, way = divmod(data[0] if data else 0, len(COMMANDS))
    name = folder / f"given.{IMPORTERS[kind % len(IMPORTERS)].name}"
    name.write_bytes(data[1:])
    run_words([*COMMANDS[way].split(), name.name], folder)


def for_commands() -> Iterable[st.SearchStrategy[bytes]]:
    """Yield, for each format, its inputs behind the byte that names the format and a command."""
    for number, importer in enumerate(IMPORTERS):
        first = st.integers(number * len(COMMANDS), (number + 1) * len(COMMANDS) - 1)
        yield st.tuples(first, texts(importer)).map(lambda found: bytes(found[:1]) + found[1])


TARGETS = (
    *(Target(f"graph-{one.name}", texts(one), partial(read, one), QUICK.get(one.name, 200)) for one in IMPORTERS),
    Target("graph-commands", st.one_of(*for_commands()), command, 60),
)
