"""Verdicts to render."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tierdeps import DependencyGraph, Driver, requires, wants
from tierdeps.formats import View
from tierdeps.importers import Source
from tierdeps.importers.toml import tierdeps_importers
from tierdeps.manager import Manager
from tierdeps.rules import Inspection
from tierdeps.settings import Settings
from tierdeps.verdict import Selection, inspect

if TYPE_CHECKING:
    from tierdeps.model import Verdict
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
    """Makes a verdict."""

    def __call__(self, graph: bytes, selection: Selection | None = None, *, file: str = "site.toml") -> Verdict: ...


@pytest.fixture(scope="session")
def rules() -> tuple[Rule, ...]:
    """All rules of our own."""
    manager = Manager(Settings(), path=[])
    return tuple(manager.rules())


@pytest.fixture
def judge(rules: tuple[Rule, ...]) -> Judge:
    """Give the verdict on a graph file."""
    (importer,) = tierdeps_importers()

    def give(graph: bytes, selection: Selection | None = None, *, file: str = "site.toml") -> Verdict:
        found = DependencyGraph.of(importer.read(Source(file, None, graph))).with_all_facts()
        return inspect(Inspection(found), rules, selection)

    return give


@pytest.fixture
def tangle(judge: Judge) -> Verdict:
    """A cycle, whose first edge is on line 6, and a missing driver on line 7."""
    return judge(TANGLE)


@pytest.fixture
def clean(judge: Judge) -> Verdict:
    """A graph with nothing wrong."""
    return judge(b'[drivers.storage]\nwants = ["qemu"]\n[drivers.qemu]\n')


@pytest.fixture
def hostile(rules: tuple[Rule, ...]) -> Verdict:
    """Names that would act on whoever shows them."""
    name = "a`b\n::error::x%0A,<script>@team]]>\x1b[31m"
    drivers = (Driver(name, dependencies=(requires("no:pe%"), requires("b"))), Driver("b", dependencies=(wants(name),)))
    return inspect(Inspection(DependencyGraph(drivers)), rules)


@pytest.fixture
def view() -> View:
    """A reader that is no terminal."""
    return View()
