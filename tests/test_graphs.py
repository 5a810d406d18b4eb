"""Every file in graphs/ says what must come out of it; here it is held to that."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import msgspec
import pytest
import yaml

from tierdeps import DependencyGraph, GraphError
from tierdeps.importers import Source
from tierdeps.manager import Manager
from tierdeps.model import CheckReport, Choose, Cycle, Declarations, Severity
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import check_graph
from tierdeps.settings import Settings

GRAPHS = Path(__file__).parent.parent / "graphs"
FILES = sorted(path for path in GRAPHS.iterdir() if path.suffix != ".rst")
MANAGER = Manager(Settings(), path=[])
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


class ExpectedCycle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cycle shown of one component; ``members`` only where some are not on its path."""

    path: str
    breaks: tuple[str, ...] = msgspec.field(name="break")
    when: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table [expect] of a file; see graphs/README.rst."""

    check: tuple[str, ...]
    about: str = ""
    cycles: tuple[ExpectedCycle, ...] = ()
    inversions: tuple[str, ...] = ()
    choose: dict[str, str] = {}
    order: dict[str, tuple[tuple[str, ...], ...]] | None = None


def contents(path: Path) -> dict[str, object]:
    """Parse a file; of JSON lines, what they say together beside the drivers."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return tomllib.loads(text)
    if path.suffix == ".jsonl":
        lines = [json.loads(line) for line in text.splitlines()]
        return {key: value for line in lines if "name" not in line for key, value in line.items()}
    found: dict[str, object] = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    return found


def expectation(path: Path) -> Expectation:
    return msgspec.convert(contents(path)["expect"], Expectation)


def declarations(path: Path) -> Declarations:
    source = Source(f"graphs/{path.name}", path, path.read_bytes())
    (importer,) = (importer for importer in MANAGER.importers() if importer.recognises(source))
    return importer.read(source)


def report(graph: DependencyGraph) -> CheckReport:
    return check_graph(RuleContext(graph), MANAGER.rules())


def codes(graph: DependencyGraph) -> tuple[str, ...]:
    """List what is found that is an error, as ``check`` in a file does."""
    return tuple(finding.code for finding in report(graph).errors)


def told(cycle: Cycle) -> ExpectedCycle:
    """Return of a cycle what a file says."""
    breaks = tuple(f"{edge.dependent.driver} -> {edge.needed.driver}" for edge in cycle.feedback_arcs)
    members = () if set(cycle.members) == set(cycle.path) else cycle.members
    return ExpectedCycle(str(cycle), breaks, cycle.when, members)


@every_file
def test_the_worst_case_has_the_findings_that_the_file_says(path: Path) -> None:
    assert codes(DependencyGraph.of(declarations(path)).with_all_facts()) == expectation(path).check


@every_file
def test_the_worst_case_has_the_cycles_that_the_file_says(path: Path) -> None:
    found = DependencyGraph.of(declarations(path)).with_all_facts().cycles()
    expected = expectation(path).cycles
    assert sorted(map(told, found), key=str) == sorted(expected, key=str)


@every_file
def test_the_worst_case_has_the_inversions_that_the_file_says(path: Path) -> None:
    found = DependencyGraph.of(declarations(path)).with_all_facts().inversions
    assert tuple(f"{edge.dependent} -> {edge.needed}" for edge in found) == expectation(path).inversions


@every_file
def test_the_host_of_the_file_has_the_order_that_it_says_or_none(path: Path) -> None:
    graph, order = DependencyGraph.of(declarations(path)), expectation(path).order
    if order is None:
        assert codes(graph)
        return
    assert codes(graph) == ()
    assert {tier.name: tier.stages for tier in graph.collapse().tiers} == order


@every_file
def test_the_provider_that_the_file_names_is_offered_and_fixes_all(path: Path) -> None:
    graph = DependencyGraph.of(declarations(path)).with_all_facts()
    for capability, provider in expectation(path).choose.items():
        change = Choose(capability, provider)
        for finding in report(graph).findings:
            if finding.severity is Severity.ERROR:
                assert change in [fix.change for fix in finding.fixes]
        assert codes(DependencyGraph.of(change.apply(graph.declarations))) == ()


@every_file
def test_every_file_says_what_its_case_is(path: Path) -> None:
    if path.suffix in (".json", ".jsonl"):
        assert expectation(path).about
    else:
        assert path.read_text(encoding="utf-8").startswith("# ")


@every_file
def test_every_file_is_in_the_list_of_the_readme(path: Path) -> None:
    assert f"``{path.name}``" in (GRAPHS / "README.rst").read_text(encoding="utf-8")


def test_a_file_without_an_order_is_refused_by_the_library_too() -> None:
    with pytest.raises(GraphError, match="dependency cycle: dhcp -> dns -> dhcp"):
        DependencyGraph.of(declarations(GRAPHS / "two-cycles.toml")).collapse()


def test_one_graph_in_three_languages_is_one_plan() -> None:
    graphs = (DependencyGraph.of(declarations(GRAPHS / f"webshop.{kind}")) for kind in ("json", "jsonl", "yaml"))
    assert len({graph.collapse().digest for graph in graphs}) == 1


def test_the_patchset_needs_only_the_connection_that_was_added_later() -> None:
    """What upstream did in 4.1.0 is a fix that is found in the graph of 2014."""
    graph = DependencyGraph.of(declarations(GRAPHS / "libvirt-1.2.1-tiered.toml")).with_all_facts()
    for finding in report(graph).errors:
        assert finding.fixes[0].change == Choose("secret-lookup", "secret")
        assert finding.fixes[0].proof
