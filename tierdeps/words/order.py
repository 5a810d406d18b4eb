"""The load order as text: a line for each driver, tier by tier, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tierdeps.model import Plan, PlannedDriver


def plan_lines(plan: Plan, reasons: Callable[[PlannedDriver], Iterable[str]] = lambda _driver: ()) -> Iterator[str]:
    """Yield the plan's lines, each driver's followed by its reasons."""
    yield f"{counted(len(plan.tiers), 'tier')}, {counted(len(plan.drivers), 'driver')}"
    if plan.facts:
        stated = (f"{name} {'yes' if holds else 'no'}" for name, holds in plan.facts.items())
        yield printable(f"facts: {', '.join(stated)}")
    width = max((len(printable(name)) for name in plan.drivers), default=0)
    for tier in plan.tiers:
        yield ""
        yield printable(tier.name)
        for name in tier.drivers:
            driver = plan.drivers[name]
            package = driver.origin.package if driver.origin else ""
            off = "  (disabled)" if driver.disabled else ""
            yield f"  {driver.stage}  {printable(name):{width}}  {printable(package)}{off}".rstrip()
            yield from (f"       {printable(reason)}" for reason in reasons(driver))
