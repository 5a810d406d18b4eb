"""networkx's own tests pass with every graph converted to a compact one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import networkx as nx
import pytest

from tierdeps.compact import CompactGraph

pytestmark = pytest.mark.filterwarnings("default")

PARTS = ("algorithms.tests.test_dag", "algorithms.components.tests.test_strongly_connected", "algorithms.traversal")


def test_networkx_own_tests_pass() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs"]
    settings = {"NETWORKX_TEST_BACKEND": "tierdeps", "NETWORKX_FALLBACK_TO_NX": "1"}
    done = subprocess.run(
        [*command, *(f"networkx.{part}" for part in PARTS)],
        env={**os.environ, **settings, "PYTEST_ADDOPTS": "", "COVERAGE_PROCESS_START": ""},
        cwd=Path(nx.__file__).parent,  # away from our own settings
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2_000:]
    assert "xfailed" not in done.stdout


@pytest.fixture
def graph() -> nx.DiGraph[str]:
    return cast("nx.DiGraph[str]", CompactGraph.of("abcd", [("a", "b"), ("b", "c"), ("a", "c"), ("c", "b")]))


def test_functions_without_an_implementation_run_on_a_copy(graph: nx.DiGraph[str]) -> None:
    assert nx.shortest_path(graph, "a", "c") == ["a", "c"]
    assert sorted(map(sorted, nx.weakly_connected_components(graph))) == [["a", "b", "c"], ["d"]]
    assert sorted(nx.condensation(graph).graph["mapping"]) == ["a", "b", "c", "d"]
    assert nx.to_dict_of_lists(graph) == {"a": ["b", "c"], "b": ["c"], "c": ["b"], "d": []}


def test_the_backends_own_functions_run_on_the_compact_graph(graph: nx.DiGraph[str]) -> None:
    assert not nx.is_directed_acyclic_graph(graph)
    assert nx.descendants(graph, "a") == {"b", "c"}
    assert nx.ancestors(graph, "b") == {"a", "c"}
    assert sorted(map(sorted, nx.strongly_connected_components(graph))) == [["a"], ["b", "c"], ["d"]]
    generations = nx.topological_generations(graph)
    assert next(generations) == ["a", "d"]
    with pytest.raises(nx.NetworkXUnfeasible):
        next(generations)


def test_a_missing_node_is_reported_as_networkx_reports_it(graph: nx.DiGraph[str]) -> None:
    with pytest.raises(nx.NetworkXError, match="x is not in"):
        nx.descendants(graph, "x")
