"""What was running already, or cannot be stopped, is excluded from the search, and named with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.shake.worlds import World, delay, found, make, one, shake
from tierdeps import DependencyGraph, Driver, Lifecycle
from tierdeps._util.frozen import replace
from tierdeps.clock import run_virtually
from tierdeps.shake.late import Lateness, perform_late
from tierdeps.shake.outcome import Limits
from tierdeps.shake.run import perform
from tierdeps.shake.shaker import Shaker
from tierdeps.shake.slow import SlowShaker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan
    from tierdeps.shake.evidence import Trial
    from tierdeps.shake.late import LateStart
    from tierdeps.shake.outcome import Shaken
    from tierdeps.shake.steps import Steps


@pytest.mark.parametrize("search", [shake, delay], ids=["by order", "slow"])
def test_what_is_adopted_is_excluded_and_said(search: Callable[[Plan], Shaken]) -> None:
    class Running(Lifecycle):
        async def adopt(self, context: Context) -> bool:
            return context.driver == "db"

    shaken = search(DependencyGraph([Driver(name, lifecycle=Running) for name in ("db", "web", "mail")]).collapse())
    assert _excluded(shaken) == [("db", "it was running already", True)]
    assert _examined(shaken) == {"web", "mail"}


def _by_order(plan: Plan) -> Shaken:
    def run(steps: Steps, order: tuple[int, ...]) -> Trial:
        return _not_stopped(run_virtually(perform(plan, steps, order, make)))

    return Shaker(plan, run, Limits()).run()


def _slow(plan: Plan) -> Shaken:
    def run(steps: Steps, start: LateStart) -> Trial:
        return _not_stopped(run_virtually(perform_late(plan, steps, start, Lateness(2.0), make)))

    return SlowShaker(plan, run, Limits()).run()


def _not_stopped(trial: Trial) -> Trial:
    return replace(trial, not_stopped=frozenset({"db"}))


@pytest.mark.parametrize("search", [_by_order, _slow], ids=["by order", "slow"])
def test_what_cannot_be_stopped_is_excluded_and_the_others_are_examined(search: Callable[[Plan], Shaken]) -> None:
    needs = {"db": (), "web": one("db"), "mail": (), "app": one("mail")}
    shaken = search(World(needs, frozenset({("web", "db"), ("app", "mail")})).plan)
    assert _excluded(shaken) == [("db", "it could not be stopped", True)]
    assert _examined(shaken) == {"web", "mail", "app"}
    assert found(shaken) == {("app", frozenset({"mail"}))}


def _excluded(shaken: Shaken) -> list[tuple[str, str, bool]]:
    return [(item.driver, item.reason, item.whole) for item in shaken.excluded]


def _examined(shaken: Shaken) -> set[str]:
    return {step.driver for number, step in enumerate(shaken.steps.steps) if shaken.steps.candidates(number)}
