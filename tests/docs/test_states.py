"""The pictures of states are those that the executor enforces."""

from __future__ import annotations

import pytest

from tests.docs.extension import load
from tierdeps.executor.run import RUN_TRANSITIONS, RunState
from tierdeps.model import State
from tierdeps.model.report import TRANSITIONS


def test_every_state_is_in_the_picture_of_its_docstring() -> None:
    assert all(str(state) in (State.__doc__ or "") for state in State)


@pytest.mark.parametrize("table", [TRANSITIONS, RUN_TRANSITIONS], ids=["driver", "run"])
def test_every_transition_is_an_arrow(table: dict[State | RunState, frozenset[State | RunState]]) -> None:
    drawing = load("tierdeps_graphs").states(table, "states")
    assert {(arrow.source, arrow.target) for arrow in drawing.arrows} == {
        (str(state), str(to)) for state, following in table.items() for to in following
    }
    assert set(drawing.nodes) == set(map(str, table))
