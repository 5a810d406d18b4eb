"""Steps, edges and cycles."""

from __future__ import annotations

from tierdeps.model import Cycle, Dependency, Edge, Kind, Origin, Step


def edge(here: str, needed: str, kind: Kind = Kind.REQUIRES, when: str | None = None, line: int = 1) -> Edge:
    dependency = Dependency(kind, needed, when=when, reason="why", origin=Origin("f.py", line))
    return Edge(Step(here, "start"), Step(needed, "start"), dependency, here)


def test_a_step_is_written_with_its_phase() -> None:
    assert str(Step("storage", "autostart")) == "storage:autostart"


def test_an_edge_has_the_attributes_of_its_dependency() -> None:
    found = edge("a", "b", Kind.WANTS, "hot")
    assert (found.kind, found.when, found.reason, found.origin) == (Kind.WANTS, "hot", "why", Origin("f.py", 1))


def test_edges_sort_by_steps_then_always_before_sometimes_then_hard_before_soft() -> None:
    ordered = [
        edge("a", "b"),
        edge("a", "b", line=2),
        edge("a", "b", Kind.AFTER),
        edge("a", "b", when="hot"),
        edge("a", "b", Kind.WANTS, "hot"),
        edge("a", "c"),
        edge("b", "a"),
    ]
    backwards = ordered[::-1]
    found = sorted(backwards, key=lambda item: item.sort_key)
    assert found == ordered
    assert [item.origin.line for item in found[:2]] == [1, 2]


def test_conflicts_have_their_place_too() -> None:
    both = [edge("a", "b", Kind.CONFLICTS), edge("a", "b", Kind.BEFORE)]
    assert [item.kind for item in sorted(both, key=lambda item: item.sort_key)] == [Kind.BEFORE, Kind.CONFLICTS]


def test_a_cycle_is_a_closed_path_with_the_facts_that_it_depends_on() -> None:
    cycle = Cycle(("a", "b", "c"), (edge("a", "b", when="wet"), edge("b", "c", when="hot"), edge("c", "a", when="wet")))
    assert cycle.path == ("a", "b", "c", "a")
    assert cycle.when == ("hot", "wet")
    assert str(cycle) == "a -> b -> c -> a"
