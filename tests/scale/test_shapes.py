"""Shapes that recursion or a second look at everything would not survive: each takes time in proportion to its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps.formats import View
from tierdeps.formats.check import text as text_check
from tierdeps.graph import DependencyGraph
from tierdeps.manager import Manager
from tierdeps.rules import Inspection
from tierdeps.settings import Settings
from tierdeps.verdict import inspect

if TYPE_CHECKING:
    from collections.abc import Callable

Names = dict[str, list[str]]

RULES = Manager(Settings()).rules()


def chain(size: int) -> Names:
    return {f"d{number:07}": [f"d{number - 1:07}"] if number else [] for number in range(size)}


def ring(size: int) -> Names:
    return {f"d{number:07}": [f"d{(number + 1) % size:07}"] for number in range(size)}


def star(size: int) -> Names:
    return {f"d{number:07}": ["d0000000"] if number else [] for number in range(size)}


def pairs(size: int) -> Names:
    return {f"d{number:07}": [f"d{number ^ 1:07}"] for number in range(size)}


def ladder(size: int) -> Names:
    """Two rails, and a rung at each step: more ways than can be counted one by one."""
    half = size // 2
    left = {f"a{number:07}": [f"a{number - 1:07}", f"b{number - 1:07}"] if number else [] for number in range(half)}
    right = {f"b{number:07}": [f"b{number - 1:07}", f"a{number:07}"] if number else [] for number in range(half)}
    return left | right


def knotted_ladder(size: int) -> Names:
    """A ladder that is climbed on one rail and descended on the other: one component, of as many cycles as rungs."""
    half = size // 2
    up = {
        f"a{number:07}": [f"b{number:07}", *([f"a{number + 1:07}"] if number + 1 < half else [])]
        for number in range(half)
    }
    down = {f"b{number:07}": [f"b{number - 1:07}" if number else "a0000000"] for number in range(half)}
    return up | down


def complete(size: int) -> Names:
    """As many dependencies as the others have, so a square root of their drivers."""
    count = int((2 * size) ** 0.5)
    return {f"d{number:07}": [f"d{other:07}" for other in range(number)] for number in range(count)}


SHAPES = (chain, ring, star, pairs, ladder, knotted_ladder, complete)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_shape_is_answered(shape: Callable[[int], Names]) -> None:
    """Not timed here: what is not in proportion would not end, and benchmarks/resolve.py shows how cost grows."""
    graph = DependencyGraph.from_names(shape(16_000))
    verdict = inspect(Inspection(graph), RULES)
    assert list(text_check.render(verdict, View()))
    if verdict.ok:
        assert len(graph.collapse().drivers) == len(graph.drivers)
    else:
        assert {finding.code for finding in verdict.findings} == {"TD101"}


@pytest.mark.no_cover  # the same lines a million times
def test_a_chain_of_a_million_has_a_plan() -> None:
    plan = DependencyGraph.from_names(chain(1_000_000)).collapse()
    assert len(plan.tiers[0].stages) == 1_000_000
    assert plan.drivers["d0999999"].stage == 1_000_000


def test_a_ring_is_one_cycle_and_one_dependency_breaks_it() -> None:
    (cycle,) = DependencyGraph.from_names(ring(20_000)).cycles()
    assert len(cycle.edges) == 20_000
    assert len(cycle.breaks) == 1


def test_no_more_than_twenty_findings_of_a_kind_are_printed() -> None:
    graph = DependencyGraph.from_names(pairs(200))
    lines = list(text_check.render(inspect(Inspection(graph), RULES), View()))
    assert sum(line.startswith("error[TD101]") for line in lines) == 20
    assert "TD101: and 80 more: --all" in lines
