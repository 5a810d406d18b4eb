"""Edges in words."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver, after, before, conflicts, requires, wants
from tierdeps.model import Dependency, Origin, Step
from tierdeps.words.sentences import counted, cycle_evidence, edge_evidence, edge_text, facts_text, step_name

TWO = ("initialize", "autostart")


@pytest.mark.parametrize(
    ("dependency", "text"),
    [
        (requires("b"), "a requires b"),
        (requires("b", skipped="block"), "a requires b, which must not be skipped"),
        (wants("b"), "a wants b"),
        (after("b"), "a comes after b"),
        (before("b"), "b comes after a, which is declared to come before b"),
        (requires("door"), "a requires door, which is provided by b"),
        (
            requires("door", skipped="block"),
            "a requires door, which is provided by b and must not be skipped",
        ),
        (after("door"), "a comes after door, which is provided by b"),
        (before("door"), "b comes after a, which is declared to come before door"),
        (requires("c"), "a requires c:autostart"),
        (requires("c:initialize"), "a requires c:initialize"),
    ],
)
def test_an_edge_says_who_comes_after_whom(dependency: Dependency, text: str) -> None:
    graph = DependencyGraph(
        (Driver("a", dependencies=(dependency,)), Driver("b", provides=("door",)), Driver("c", phases=TWO))
    )
    assert [edge_text(edge) for edge in graph.edges] == [text]


@pytest.mark.parametrize(
    ("target", "text"), [("b", "a conflicts with b"), ("door", "a conflicts with b, which provides door")]
)
def test_a_conflict_is_between_drivers_whatever_their_phases(target: str, text: str) -> None:
    graph = DependencyGraph(
        (Driver("a", phases=TWO, dependencies=(conflicts(target),)), Driver("b", phases=TWO, provides=("door",)))
    )
    assert [edge_text(edge) for edge in graph.conflicts] == [text]


def test_the_default_phase_goes_without_saying() -> None:
    assert step_name(Step("a", "start")) == "a"
    assert step_name(Step("a", "autostart")) == "a:autostart"


def test_evidence_has_who_where_why_and_when() -> None:
    origin = Origin("storage.py", 7, distribution="acme")
    dependency = Dependency(requires("b").kind, "b", when="hot", reason="it reads its keys", origin=origin)
    graph = DependencyGraph((Driver("a", dependencies=(dependency,)), Driver("b")), facts={"hot": True})
    evidence = edge_evidence(graph.edges[0])
    assert (evidence.origin, evidence.reason, evidence.when) == (origin, "it reads its keys", "hot")


def test_a_cycle_is_walked_edge_by_edge_and_through_phases() -> None:
    line = Origin("b.py", 3)
    graph = DependencyGraph(
        (
            Driver("a", dependencies=(requires("b"),)),
            Driver("b", phases=TWO, dependencies=(requires("a", phase="initialize"),), origin=line),
        )
    )
    evidence = list(cycle_evidence(graph.cycles()[0], graph.drivers))
    assert [item.text for item in evidence] == [
        "a requires b:autostart",
        "b:autostart comes after b:initialize: the order of its own phases",
        "b:initialize requires a",
    ]
    assert evidence[1].origin == line


def test_facts_are_reported_only_where_there_are_some() -> None:
    assert facts_text([]) == ""
    assert facts_text(["hot"]) == ", only when hot"
    assert facts_text(["hot", "wet"]) == ", only when hot and wet"


def test_one_is_singular() -> None:
    assert [counted(number, "tier") for number in (0, 1, 2)] == ["0 tiers", "1 tier", "2 tiers"]


def test_an_edge_says_how_it_is_coupled() -> None:
    coupled = requires("cache", on_restart="restart", on_loss="keep")
    (edge,) = DependencyGraph([Driver("web", dependencies=(coupled,)), Driver("cache")]).edges
    assert edge_text(edge) == "web requires cache, on_restart = restart, on_loss = keep"
