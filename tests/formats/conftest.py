"""Reports to render."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tierdeps import DependencyGraph, Driver, requires, wants
from tierdeps.formats import View
from tierdeps.importers import Source
from tierdeps.importers.toml import tierdeps_importers
from tierdeps.manager import Manager
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import Selection, check_graph
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from tierdeps.model import CheckReport
    from tierdeps.rules import Rule

TANGLE = b"""\
[drivers.storage]
requires = ["qemu"]

[drivers.qemu]
requires = [
    { on = "storage", reason = "disks" },
    "nobody",
]
"""


class Judge(Protocol):
    """Makes a report."""

    def __call__(self, graph: bytes, selection: Selection | None = None, *, file: str = "site.toml") -> CheckReport: ...


@pytest.fixture(scope="session")
def rules() -> tuple[Rule, ...]:
    """All rules of our own."""
    manager = Manager(Settings(), path=[])
    return tuple(manager.rules())


@pytest.fixture
def judge(rules: tuple[Rule, ...]) -> Judge:
    """Give the report on a graph file."""
    (importer,) = tierdeps_importers()

    def give(graph: bytes, selection: Selection | None = None, *, file: str = "site.toml") -> CheckReport:
        found = DependencyGraph.of(importer.read(Source(file, None, graph))).with_all_facts()
        return check_graph(RuleContext(found), rules, selection)

    return give


@pytest.fixture
def cyclic(judge: Judge) -> CheckReport:
    """A cycle, whose first edge is on line 6, and a missing driver on line 7."""
    return judge(TANGLE)


@pytest.fixture
def clean(judge: Judge) -> CheckReport:
    """A graph with nothing wrong."""
    return judge(b'[drivers.storage]\nwants = ["qemu"]\n[drivers.qemu]\n')


@pytest.fixture
def hostile(rules: tuple[Rule, ...]) -> CheckReport:
    """Names with characters that terminals and code hosts interpret."""
    name = "a`b\n::error::x%0A,<script>@team]]>\x1b[31m"
    drivers = (Driver(name, dependencies=(requires("no:pe%"), requires("b"))), Driver("b", dependencies=(wants(name),)))
    return check_graph(RuleContext(DependencyGraph(drivers)), rules)


@pytest.fixture
def view() -> View:
    """A reader that is no terminal."""
    return View()
