"""Which drivers a killed run orphaned."""

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
def test_drivers_that_a_killed_run_started_and_did_not_stop_are_orphaned(
    stage: Stage, moment: float, left: str
) -> None:
    stage.run(chain(stage), killed_at=moment)
    assert stage.journal.orphaned(KEY) == set(left)


def test_a_run_that_ended_orphans_nothing(stage: Stage) -> None:
    stage.run(chain(stage))
    assert stage.journal.orphaned(KEY) == set()


@pytest.mark.parametrize("more", [{}, {"killed_at": 2.5}])
def test_drivers_that_were_to_be_left_running_are_not_orphaned(stage: Stage, more: dict[str, Any]) -> None:
    stage.run(chain(stage), stops=False, info={"mode": "leave-running"}, **more)
    assert stage.journal.orphaned(KEY) == set()


def test_drivers_of_another_instance_are_not_orphaned(stage: Stage) -> None:
    stage.run(chain(stage), killed_at=2.5)
    assert stage.journal.orphaned("/another.toml") == set()


def test_drivers_that_a_later_killed_run_did_not_come_to_stay_orphaned(stage: Stage) -> None:
    """The second run is killed before it comes to what the first one left."""
    stage.run(chain(stage), killed_at=2.5)
    second = stage.run(chain(stage), killed_at=0.5)
    assert second.inherited == ("a", "b", "c")
    assert stage.journal.orphaned(KEY) == {"a", "b", "c"}


def test_drivers_that_a_later_failed_run_did_not_come_to_stay_orphaned(stage: Stage) -> None:
    stage.run(chain(stage), killed_at=2.5)
    stage.seconds["b"] = -1.0
    stage.run(chain(stage))
    assert stage.journal.orphaned(KEY) == {"c"}


def test_drivers_that_were_started_again_and_stopped_are_not_orphaned(stage: Stage) -> None:
    stage.run(chain(stage), killed_at=2.5)
    stage.run(chain(stage))
    assert stage.journal.orphaned(KEY) == set()
