"""The load order as text: a line for each driver, tier by tier, stage by stage."""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.words.palette import PLAIN
from tierdeps.words.sentences import counted, host_note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tierdeps.model import Plan, PlannedDriver
    from tierdeps.model.plan import PlanRow
    from tierdeps.words.palette import Palette

#: So many drivers say where most of them come from.
SAMPLE = 256
#: An origin that so many drivers share is named once.
MIN_SHARED = 2


def plan_lines(
    plan: Plan,
    reasons: Callable[[PlannedDriver], Iterable[str]] | None = None,
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
    only_names = reasons is None and usual is not None and plan.shared_package == usual
    width = 0 if only_names else max(map(len, map(printable, plan.drivers)), default=0)
    for tier in plan.tiers:
        yield ""
        yield palette("tier", printable(tier.name))
        if only_names:
            for number, stage in enumerate(tier.stages, 1):
                yield from (f"  {number}  {palette('driver', name)}" for name in map(printable, stage))
            continue
        for row in plan.rows(tier):
            shown, beside = printable(row.name), _beside(plan, row, usual)
            space = " " * (width - len(shown) + 2) if beside else ""
            yield f"  {row.stage}  {palette('driver', shown)}{space}{beside}"
            if reasons is not None:
                yield from (f"       {reason}" for reason in reasons(plan.drivers[row.name]))


def _beside(plan: Plan, row: PlanRow, usual: str | None) -> str:
    """Return what stands beside a driver's name: where it comes from, where it runs, and what it is."""
    package = "" if row.package == usual else printable(row.package)
    what = "(disabled)" if row.disabled else "(milestone)" if plan.is_milestone(row) else ""
    return "  ".join(filter(None, (package, host_note(row.name, row.host), what)))


def _usual_package(plan: Plan) -> tuple[str | None, bool]:
    """Return where most of the first drivers come from, if that is said of several, and whether all drivers do."""
    rows = chain.from_iterable(map(plan.rows, plan.tiers))
    counts = Counter(row.package for row in islice(rows, SAMPLE))
    ((package, count),) = counts.most_common(1) or [("", 0)]
    if not package or count < MIN_SHARED:
        return None, False
    return package, len(counts) == 1 and len(plan.drivers) <= SAMPLE


def _headline(plan: Plan, usual: str | None, *, is_only: bool) -> str:
    counts = f"{counted(len(plan.tiers), 'tier')}, {counted(len(plan.drivers), 'driver')}"
    if usual is None:
        return counts
    return printable(f"{counts} from {usual}{'' if is_only else ' unless noted'}")
