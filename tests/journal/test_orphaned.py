"""What a killed run left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.journal.conftest import Stage
    from tierdeps.model import Plan

KEY = "/stack.toml"


def chain(stage: Stage) -> Plan:
    return stage.plan(stage.driver("a"), stage.driver("b", "a"), stage.driver("c", "b"))


@pytest.mark.parametrize(
    ("moment", "left"),
    [(-1, ""), (0.5, "a"), (1.5, "ab"), (2.5, "abc"), (3.5, "abc"), (4.5, "ab"), (5.5, "a"), (7.0, "")],
)
def test_what_had_begun_and_was_not_stopped_is_left(stage: Stage, moment: float, left: str) -> None:
    stage.run(chain(stage), killed_at=moment)
    assert stage.journal.orphaned(KEY) == set(left)


def test_a_run_that_ended_left_nothing(stage: Stage) -> None:
    stage.run(chain(stage))
    assert stage.journal.orphaned(KEY) == set()


@pytest.mark.parametrize("more", [{}, {"killed_at": 2.5}])
def test_what_was_to_be_left_running_is_not_left_behind(stage: Stage, more: dict[str, Any]) -> None:
    stage.run(chain(stage), stops=False, info={"mode": "leave-running"}, **more)
    assert stage.journal.orphaned(KEY) == set()


def test_another_instance_left_nothing(stage: Stage) -> None:
    stage.run(chain(stage), killed_at=2.5)
    assert stage.journal.orphaned("/another.toml") == set()


def test_what_nobody_came_to_since_is_still_left(stage: Stage) -> None:
    """The second run is killed before it comes to what the first one left."""
    stage.run(chain(stage), killed_at=2.5)
    second = stage.run(chain(stage), killed_at=0.5)
    assert second.inherited == ("a", "b", "c")
    assert stage.journal.orphaned(KEY) == {"a", "b", "c"}


def test_what_a_failed_run_did_not_come_to_is_still_left(stage: Stage) -> None:
    stage.run(chain(stage), killed_at=2.5)
    stage.seconds["b"] = -1.0
    stage.run(chain(stage))
    assert stage.journal.orphaned(KEY) == {"c"}


def test_what_was_started_anew_and_stopped_is_left_no_more(stage: Stage) -> None:
    stage.run(chain(stage), killed_at=2.5)
    stage.run(chain(stage))
    assert stage.journal.orphaned(KEY) == set()
