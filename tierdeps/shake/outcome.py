"""What is tried, and what came out: undeclared dependencies, flaky steps, and how much was covered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.model import Excluded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.model import Plan
    from tierdeps.shake.evidence import Table, Target
    from tierdeps.shake.realizer import Coverage
    from tierdeps.shake.steps import Steps

#: Why nothing can be found out about what needs a driver whose process ends by itself.
LASTING = 'it is ready when its process has ended (ready = "exit"), and what it did stays from one run to the next'


class Limits(Value):
    """How much is tried: ``runs`` at most, under ``seed``, with what the orders are to be like.

    ``resets`` says that what drivers leave behind is undone before each run.
    """

    runs: int | None = None
    seed: int = 0
    across_tiers: bool = False
    phases: bool = False
    only: frozenset[str] = frozenset()
    resets: bool = False


class Undeclared(Value):
    """A dependency that nobody declared: a step needs one of ``providers``, all of which are numbers of steps.

    With ``late``, the runs without these are those in which their driver was late.
    """

    target: Target
    providers: tuple[int, ...]
    table: Table
    reason: str
    late: bool = False


class Shaken(Value):
    """What the runs have shown: see ``ShakeReport``, which says it with names.

    The ``repeatable`` ones of the ``flaky`` steps had the same result in each run in the same order.
    """

    steps: Steps
    undeclared: tuple[Undeclared, ...]
    flaky: tuple[tuple[Target, int, int, str], ...]
    failing: tuple[tuple[Target, str], ...]
    orders: int
    runs: int
    coverage: Coverage
    excluded: tuple[Excluded, ...]
    unfinished: tuple[Target, ...] = ()
    interrupted: bool = False
    repeatable: frozenset[Target] = frozenset()


def lasting_in(plan: Plan) -> tuple[str, ...]:
    """Return the drivers of which something stays when they are stopped."""
    return tuple(driver.name for driver in plan if driver.process is not None and driver.process.ready == "exit")


def excluded_drivers(excluded: Mapping[str, str], lasting: Iterable[str]) -> tuple[Excluded, ...]:
    """Return the drivers that are not examined, and why, and those of which something stays."""
    whole = (Excluded(name, reason, whole=True) for name, reason in excluded.items())
    return (*whole, *(Excluded(name, LASTING) for name in lasting if name not in excluded))
