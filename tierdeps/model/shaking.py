"""The result of ``tierdeps shake``: undeclared dependencies as findings, and what the runs have shown besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.edges import Step
    from tierdeps.model.finding import CheckReport


class Flaky(Value):
    """A step that failed in some runs, and no dependency explains it; ``stops`` says that it is the driver's stop.

    If it is ``repeatable``, it is not random: in the same order it had the same result each time.
    """

    step: Step
    failed: int
    runs: int
    reason: str = ""
    stops: bool = False
    repeatable: bool = False


class Always(Value):
    """A step that failed in every run in which it was tried: its driver cannot be examined."""

    step: Step
    reason: str
    stops: bool = False


class Excluded(Value):
    """A driver on which no dependency can be found, or with ``whole`` one that is not examined at all."""

    driver: str
    reason: str
    whole: bool = False


class Shaking(Value):
    """What a number of runs in different orders has shown.

    ``pairs`` of steps are ordered by nothing that is declared; ``covered`` of them came in both orders. ``orders`` are
    the first runs, which were made for that. ``complete`` is False where limits or an interrupt ended it early; then
    ``unfinished`` steps failed in some runs, and it is not known why. ``watched`` is one run in which it was recorded
    what drivers used; of the ``unused`` dependencies, a driver on another one, no use was seen then. With ``slow``,
    ``pairs`` are a step and a driver that it may need, which was late in one of the ``orders`` for ``covered`` of them.
    """

    check: CheckReport
    seed: int
    runs: int
    orders: int
    pairs: int
    covered: int
    flaky: tuple[Flaky, ...] = ()
    always: tuple[Always, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    unfinished: tuple[Step, ...] = ()
    complete: bool = True
    interrupted: bool = False
    watched: bool = False
    slow: bool = False
    unused: tuple[tuple[str, str], ...] = ()
