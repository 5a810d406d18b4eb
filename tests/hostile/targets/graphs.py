"""Graph files of all four formats: read, and passed to whole commands."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.hostile.commanding import run_words
from tests.hostile.inputs import KEYS, documents, json_texts, toml_texts
from tests.hostile.target import Target, demand_sentence
from tests.importers.graphfile.test_any_bytes import IMPORTERS
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
#: The first lines of graph files with most content.
HEADS = ("[drivers.a]", "[drivers.b]", "[[drivers]]", "[tiers.a]", "[facts]", "[choose]", "[[drivers.a.requires]]")
#: PyYAML is slow.
QUICK = {"yaml": 50}
COMMANDS = (
    *("check", "order", "graph", "check --format=github", "check --format=sarif", "simulate --restarts=1"),
    *("order --explain", "order --format=json", "graph --format=dot", "graph --format=mermaid", "graph --format=json"),
    *(
        "check --format=json",
        "check --format=junit",
        "check --format=gitlab",
        "check --format=markdown",
        "check --each",
    ),
    *(
        "why a b --graph",
        "why a --graph",
        "why a b --format=json --graph",
        "diff valid.toml",
        "lock",
        "order --target=a",
    ),
    *(
        "diff --format=markdown valid.toml",
        "simulate --restarts=2 --format=json",
        "graph --target=b",
        "order --partial",
    ),
)
RICH_YAML = b"""%YAML 1.1
---
tiers: &tiers
  order: [core, late]
facts: {root: yes, "pool.auth": ~}
choose: {db: a}
common: &common
  tier: core
  phases: [one, two]
drivers:
  a:
    <<: *common
    provides: [db]
  b:
    tier: late
    requires:
    - {on: db, phase: one, when: root}
    - on: "a:two"
      reason: >-
        folded
        text
    env: {A: 'b'}
    command: [sh, -c, |
      true
    ]
    ready: !!str log:up
...
"""
SYNTAX = {
    "toml": ('"""', "'''", "[[", "]]", " = ", "\\u0000", "\\ud800", "1979-05-27T07:32:00Z", "0x", "+inf", "#"),
    "json": ('{"', '": ', "[[", "]]", "\\u0000", "\\ud800", "1e999", "-0", "null", "true", "NaN"),
    "jsonl": ('{"', '": ', "\n", "\r\n", "\\ud800", '{"tiers": ', '{"name": ', "null", "1e999"),
    "yaml": (
        *(
            "&a ",
            "*a",
            "<<: *a",
            "!!str ",
            "!!int ",
            "!!float ",
            "!!binary ",
            "!!set ",
            "!!omap ",
            "!!pairs ",
            "!!map ",
        ),
        *("!!python/object/apply:os.system ", "!!timestamp ", "!!merge <<", "!!value =", "!<tag:x,1:y> ", "%TAG ! x\n"),
        *(
            "%YAML 1.2\n",
            "---\n",
            "...\n",
            "? ",
            ": ",
            "- ",
            "|+\n",
            ">-\n",
            "|9\n",
            "\u0085",
            "\u2028",
            "\t",
            "\ufeff",
        ),
        *("0o7", "0b1", "1:30:00", "190:20:30.15", "2001-12-14t21:59:43.10-05:00", "9999-99-99", ".inf", ".nan", "~"),
        *("yes", "=", "1_000", '"\\x', '"\\U00110000', "{a: [", "]}", "#"),
    ),
}


def valid(suffix: str) -> list[bytes]:
    """Return the graph files of this project of one format."""
    return [path.read_bytes() for path in sorted(GRAPHS.glob(f"*.{suffix}")) if path.stat().st_size < 1 << 13]


def richest(name: str) -> list[bytes]:
    """Return the valid inputs of a format, those with most in them first."""
    return [*{"toml": [RICH], "yaml": [RICH_YAML]}.get(name, []), *valid(name)]


def texts(importer: Importer) -> st.SearchStrategy[bytes]:
    """Return inputs of a format."""
    match importer.name:
        case "toml":
            return documents(toml_texts(KEYS, HEADS), richest("toml"))
        case "jsonl":
            return documents(st.lists(json_texts(KEYS), max_size=4).map("\n".join), valid("jsonl"))
        case other:
            return documents(json_texts(KEYS), richest(other))


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
    (folder / "valid.toml").write_bytes(RICH)
    run_words([*COMMANDS[way].split(), name.name], folder)


def for_commands() -> Iterable[st.SearchStrategy[bytes]]:
    """Yield, for each format, its inputs behind the byte that names the format and a command."""
    for number, importer in enumerate(IMPORTERS):
        first = st.integers(number * len(COMMANDS), (number + 1) * len(COMMANDS) - 1)
        yield st.tuples(first, texts(importer)).map(lambda found: bytes(found[:1]) + found[1])


def valid_for_commands() -> Iterable[bytes]:
    """Yield a valid graph of each format for each command, behind the byte that names both."""
    for number, importer in enumerate(IMPORTERS):
        for way in range(len(COMMANDS)):
            yield bytes((number * len(COMMANDS) + way,)) + richest(importer.name)[0]


def of_format(importer: Importer) -> Target:
    """Return the target of an importer."""
    name = importer.name
    quick = QUICK.get(name, 200)
    read_it = partial(read, importer)
    return Target(f"graph-{name}", texts(importer), read_it, quick, SYNTAX[name], tuple(richest(name)))


EVERY_TOKEN = tuple(token for tokens in SYNTAX.values() for token in tokens)
TARGETS = (
    *map(of_format, IMPORTERS),
    Target("graph-commands", st.one_of(*for_commands()), command, 60, EVERY_TOKEN, tuple(valid_for_commands())),
)
