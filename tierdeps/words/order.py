"""The load order as text: a line for each driver, tier by tier, stage by stage."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.words.palette import PLAIN
from tierdeps.words.sentences import counted, host_note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tierdeps.model import Plan, PlannedDriver
    from tierdeps.words.palette import Palette

#: So many drivers say where most of them come from: making each driver of a large plan twice would take too long.
SAMPLE = 256
#: An origin that so many drivers share is named once.
MIN_SHARED = 2


def plan_lines(
    plan: Plan,
    reasons: Callable[[PlannedDriver], Iterable[str]] = lambda _driver: (),
    palette: Palette = PLAIN,
) -> Iterator[str]:
    """Yield the plan's lines, each driver's followed by its reasons.

    The origin that most drivers have is named once; beside a driver stands only another one.
    """
    usual, is_only = _usual_package(plan)
    yield _headline(plan, usual, is_only=is_only)
    if plan.facts:
        stated = (
            f"{palette('fact', printable(name))} {'yes' if holds else 'no'}" for name, holds in plan.facts.items()
        )
        yield f"facts: {', '.join(stated)}"
    width = max((len(printable(name)) for name in plan.drivers), default=0)
    for tier in plan.tiers:
        yield ""
        yield palette("tier", printable(tier.name))
        for name in tier.drivers:
            driver = plan.drivers[name]
            package = _package(driver)
            what = "(disabled)" if driver.disabled else "(milestone)" if plan.is_milestone(driver) else ""
            notes = ("" if package == usual else printable(package), host_note(name, driver.host), what)
            shown, beside = printable(name), "  ".join(filter(None, notes))
            space = " " * (width - len(shown) + 2) if beside else ""
            yield f"  {driver.stage}  {palette('driver', shown)}{space}{beside}"
            yield from (f"       {reason}" for reason in reasons(driver))


def _package(driver: PlannedDriver) -> str:
    return driver.origin.package if driver.origin else ""


def _usual_package(plan: Plan) -> tuple[str | None, bool]:
    """Return where most of the first drivers come from, if that is said of several, and whether all drivers do."""
    counts = Counter(map(_package, islice(plan, SAMPLE)))
    ((package, count),) = counts.most_common(1) or [("", 0)]
    if not package or count < MIN_SHARED:
        return None, False
    return package, len(counts) == 1 and len(plan.drivers) <= SAMPLE


def _headline(plan: Plan, usual: str | None, *, is_only: bool) -> str:
    counts = f"{counted(len(plan.tiers), 'tier')}, {counted(len(plan.drivers), 'driver')}"
    if usual is None:
        return counts
    return printable(f"{counts} from {usual}{'' if is_only else ' unless noted'}")
