"""Failures that depend on phases of others, or on the order in another way, are not called flaky."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.shake.worlds import shake
from tierdeps import DependencyGraph, Driver, Lifecycle
from tierdeps.shake.outcome import Limits

if TYPE_CHECKING:
    from tierdeps.model import Plan

PHASES = ("initialize", "autostart")


def plan_of(dependent: str, needed: str, conflict: str = "") -> Plan:
    """Return a plan in which a step fails unless another one is done, or, with a conflict, if that one is done."""
    done: set[str] = set()

    def lifecycle(name: str) -> type[Lifecycle]:
        def run(step: str) -> None:
            if step == dependent and ((needed and needed not in done) or (conflict and conflict in done)):
                raise RuntimeError("not now")
            done.add(step)

        class Phased(Lifecycle):
            async def initialize(self, context: object) -> None:
                run(f"{name}:initialize")

            async def autostart(self, context: object) -> None:
                run(f"{name}:autostart")

            async def stop(self, context: object) -> None:
                done.difference_update({f"{name}:initialize", f"{name}:autostart"})

        return Phased

    names = ("db", "half", "other")
    return DependencyGraph([Driver(name, phases=PHASES, lifecycle=lifecycle(name)) for name in names]).collapse()


@pytest.mark.parametrize("dependent", ["half:initialize", "half:autostart", "db:initialize"])
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("phases", [False, True])
def test_a_need_of_a_phase_is_found_without_being_asked_for(dependent: str, phase: str, *, phases: bool) -> None:
    needed = f"other:{phase}"
    for seed in range(4):
        shaken = shake(plan_of(dependent, needed), Limits(phases=phases, seed=seed))
        steps = shaken.steps.steps
        (item,) = shaken.undeclared
        assert str(steps[item.target.step]) == dependent
        (provider,) = item.providers
        assert steps[provider].driver == "other"
        assert (shaken.flaky, shaken.unfinished) == ((), ())


def test_what_fails_in_the_same_orders_each_time_is_not_random() -> None:
    shaken = shake(plan_of("half:initialize", "", conflict="db:autostart"))
    assert shaken.undeclared == ()
    ((target, *_),) = shaken.flaky
    assert target in shaken.repeatable
