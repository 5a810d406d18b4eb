"""Shapes that recursion or a second look at everything would not survive: each takes time in proportion to its size."""

from __future__ import annotations

import pytest

from benchmarks import graphs
from tierdeps.formats import View
from tierdeps.formats.check import text as text_check
from tierdeps.graph import DependencyGraph
from tierdeps.manager import Manager
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import check_graph
from tierdeps.settings import Settings

RULES = Manager(Settings()).rules()


#: Of every driver with every other one, so many are enough.
ALL_WITH_ALL = {"complete": 200, "mutual": 125}


@pytest.mark.parametrize("shape", graphs.SHAPES)
def test_every_shape_is_answered(shape: str) -> None:
    """Not timed here: what is not in proportion would not end, and benchmarks/shapes.py shows how cost grows."""
    graph = DependencyGraph.from_names(graphs.SHAPES[shape](ALL_WITH_ALL.get(shape, 16_000)))
    report = check_graph(RuleContext(graph), RULES)
    assert list(text_check.render(report, View()))
    if report.ok:
        assert len(graph.collapse().drivers) == len(graph.drivers)
    else:
        assert {finding.code for finding in report.findings} == {"TD101"}


@pytest.mark.no_cover  # the same lines a million times
def test_a_chain_of_a_million_has_a_plan() -> None:
    plan = DependencyGraph.from_names(graphs.chain(1_000_000)).collapse()
    assert len(plan.tiers[0].stages) == 1_000_000
    assert plan.drivers["driver-0999999"].stage == 1_000_000


def test_a_ring_is_one_cycle_and_one_dependency_breaks_it() -> None:
    (cycle,) = DependencyGraph.from_names(graphs.ring(20_000)).cycles()
    assert len(cycle.edges) == 20_000
    assert len(cycle.feedback_arcs) == 1


def test_no_more_than_twenty_findings_of_a_kind_are_printed() -> None:
    graph = DependencyGraph.from_names(graphs.pairs(200))
    lines = list(text_check.render(check_graph(RuleContext(graph), RULES), View()))
    assert sum(line.startswith("error[TD101]") for line in lines) == 20
    assert "TD101: and 80 more: --all" in lines
