"""The errors of a graph without a plan keep their findings and cycles."""

from __future__ import annotations

import pytest

from tierdeps.errors import TierdepsError
from tierdeps.graph import CycleError, GraphError
from tierdeps.model import Cycle, Finding, Severity


def finding(message: str) -> Finding:
    return Finding("TD101", "cycle", Severity.ERROR, message)


@pytest.mark.parametrize("error", [GraphError(()), CycleError((), ())])
def test_a_graph_without_a_plan_ends_a_command_with_1(error: TierdepsError) -> None:
    assert isinstance(error, TierdepsError)
    assert error.exit_code == 1


def test_a_graph_error_contains_the_messages_of_all_findings() -> None:
    error = GraphError([finding("one"), finding("two")])
    assert str(error) == "one; two"
    assert [item.message for item in error.findings] == ["one", "two"]


def test_a_cycle_error_keeps_the_cycles() -> None:
    cycle = Cycle(("a", "b"), ())
    error = CycleError([finding("one")], [cycle])
    assert error.cycles == (cycle,)
    assert isinstance(error, GraphError)
