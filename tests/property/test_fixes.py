"""Fixes on random graphs: each one that can be applied is, and what the rules find then is compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import networkx as nx
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.property import oracle
from tests.property.strategies import cyclic, declarations, inverted, mistaken, orderly
from tierdeps.graph import DependencyGraph
from tierdeps.manager import Manager
from tierdeps.model import Choose, Declarations, Driver, Finding, Severity, Step, Tier, requires
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import Selection, check_graph
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from tierdeps.model import Fix

RULES = Manager(Settings(), path=[]).rules()
#: Every rule, those that run only on request too.
ALL = Selection(select=("TD1", "TD2", "TD201"))
anything = st.one_of(declarations(), cyclic(), inverted(), mistaken(), orderly())
#: Every finding of every rule, and every graph that its fixes make: half as many graphs as elsewhere.
fewer = settings(max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.too_slow])

Key = tuple[object, ...]


def findings_of(graph: DependencyGraph) -> tuple[Finding, ...]:
    return check_graph(RuleContext(graph), RULES, ALL).findings


def key(finding: Finding) -> Key:
    """Return what makes it the same finding after a change: where drivers are, and the path shown, may change."""
    first = [(item.text, item.when, item.reason) for item in finding.evidence[:1]]
    return finding.code, finding.drivers, finding.subject, *first


def arrows(finding: Finding) -> set[tuple[Step, Step]]:
    return set(finding.cycle.step_edges) if finding.cycle else set()


def is_new(error: Finding, before: tuple[Finding, ...]) -> bool:
    """Return whether an error was not there before; a cycle was if all of its component was in one."""
    if error.cycle:
        return not any(arrows(error) <= arrows(other) for other in before)
    return rough_key(error) not in map(rough_key, before)


def rough_key(finding: Finding) -> Key:
    """Return what makes it no new error: an inversion that has become a soft one, or a conflict a conditional one."""
    if finding.code == "TD102":
        return finding.code, *(subject.partition(" (")[0] for subject in finding.subject)
    return (finding.code, finding.drivers) if finding.code == "TD106" else key(finding)


def is_gone(finding: Finding, after: tuple[Finding, ...]) -> bool:
    if finding.cycle:
        steps = {step for arrow in arrows(finding) for step in arrow}
        return not any(steps & {step for arrow in arrows(other) for step in arrow} for other in after)
    return key(finding) not in map(key, after)


@given(anything)
@example(  # the choice of p is a cycle, that of q is not
    Declarations(
        (
            Driver("a", dependencies=(requires("x"),)),
            Driver("p", dependencies=(requires("a"),), provides=("x",)),
            Driver("q", provides=("x",)),
        )
    )
)
@example(  # a driver that is moved takes others with it
    Declarations(
        (
            Driver("a", "core", dependencies=(requires("c"), requires("b"))),
            Driver("b", dependencies=(requires("c"),)),
            Driver("c", "app"),
            Driver("d", "core", dependencies=(requires("nowhere"),)),
        ),
        (Tier("core"), Tier("app", after=("core",))),
    )
)
@fewer
def test_every_fix_removes_its_finding_and_adds_no_error(found: Declarations) -> None:
    """A fix with a change does what it says: applied, its finding is gone, and no error is there that was not."""
    for graph in (DependencyGraph.of(found), DependencyGraph.of(found).with_all_facts()):
        before = findings_of(graph)
        for finding in before:
            for fix in finding.fixes:
                if fix.change is not None:
                    changed = DependencyGraph.of(fix.change.apply(graph.declarations))
                    after = findings_of(changed)
                    assert is_gone(finding, after), (finding.message, fix)
                    added = [item for item in after if item.severity is Severity.ERROR and is_new(item, before)]
                    assert not added, (finding.message, fix, added)
                    assert holds(graph, finding, fix, changed), (finding.message, fix)


def holds(graph: DependencyGraph, finding: Finding, fix: Fix, after: DependencyGraph) -> bool:
    """Return whether what a fix says was verified is so."""
    said = fix.proof
    left = {step.driver for step in cyclic_steps(after)}
    if said == "verified: the whole graph then has a start order":
        return len(after.collapse().drivers) == len(graph.drivers)
    if said.startswith("verified: no cycle remains"):
        inverted_yet = any(set(pair) <= set(finding.drivers) for pair in crossings(after))
        assert "and no inversion between them" not in said or not inverted_yet
        assert "their inversion remains" not in said or inverted_yet
        return "among these" in said or not left
    if said.startswith("verified: the inversion is gone and "):
        count = int(said.removeprefix("verified: the inversion is gone and ").split()[0])
        return len(graph.inversions) - len(after.inversions) == count + 1
    if " still comes after " in said:
        dependent, _, needed = said.partition(": ")[2].partition(" still comes after ")
        return comes_after(after, dependent, needed)
    return True


def comes_after(graph: DependencyGraph, dependent: str, needed: str) -> bool:
    own, far = graph.drivers[dependent].phases[-1], graph.drivers[needed].phases[0]
    return nx.has_path(oracle.step_graph(graph), Step(dependent, own), Step(needed, far))


def cyclic_steps(graph: DependencyGraph) -> set[Step]:
    return {step for part in oracle.components(graph) for step in part}


def crossings(graph: DependencyGraph) -> set[tuple[str, str]]:
    return {(edge.dependent.driver, edge.needed.driver) for edge in graph.inversions}


@given(anything)
@fewer
def test_a_choice_that_cannot_be_applied_says_what_it_would_cause(found: Declarations) -> None:
    """TD104 names every provider; one whose choice is no fix causes an error, and says so."""
    graph = DependencyGraph.of(found).with_all_facts()
    before = findings_of(graph)
    for finding in before:
        for fix in finding.fixes if finding.code == "TD104" else ():
            if fix.change is None:
                assert fix.proof.startswith("tried, but not enough by itself: ")
                ((capability, name),) = re.findall(r'"(\w+)" = "(\w+)" in \[choose\]', fix.summary)
                after = findings_of(DependencyGraph.of(Choose(capability, name).apply(graph.declarations)))
                assert any(item.severity is Severity.ERROR and is_new(item, before) for item in after)
