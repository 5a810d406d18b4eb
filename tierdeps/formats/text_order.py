"""The load order as text: a line for each driver, tier by tier, stage by stage; on request with what puts it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.why.wording import declared
from tierdeps.words.printable import printable
from tierdeps.words.sentences import counted, edge_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tierdeps.model import Edge, Plan, PlannedDriver
    from tierdeps.why import Explanation


def render(plan: Plan, _view: View) -> Iterator[str]:
    """Yield the plan's lines."""
    return _lines(plan, lambda _driver: iter(()))


def render_explanation(explanation: Explanation, _view: View) -> Iterator[str]:
    """Yield the plan's lines, each driver's followed by what puts it there."""
    return _lines(explanation.plan, lambda driver: _reasons(explanation, driver))


def _lines(plan: Plan, reasons: Callable[[PlannedDriver], Iterator[str]]) -> Iterator[str]:
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


def _reasons(explanation: Explanation, driver: PlannedDriver) -> Iterator[str]:
    """Say what puts a driver into its tier, unless it names it, and into its stage, unless that is the first."""
    name = driver.name
    to_tier, to_stage = explanation.to_tier.get(name), explanation.to_stage.get(name)
    if to_tier is not None:
        yield f"tier {driver.tier}, that of {to_tier.needed.driver} ({_told(to_tier)})"
    elif name in explanation.homeless:
        yield f"tier {driver.tier}, the first: it names none, and needs nothing of a later one"
    if to_stage is not None:
        again = "likewise" if to_stage == to_tier else _told(to_stage)
        yield f"stage {driver.stage} of {driver.tier}, after {to_stage.needed.driver} ({again})"
    else:
        yield f"stage {driver.stage} of {driver.tier}: nothing in it comes before {name}"
    if others := sorted(explanation.companions.get(name, frozenset()) - {name}):
        yield f"together with {', '.join(others)}: they need each other in different phases"


def _told(edge: Edge) -> str:
    condition = f", when {edge.when}" if edge.when else ""
    return f"{edge_text(edge)}{condition}, {declared(edge.origin)}"


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer both."""
    return (Format("order", "text", render), Format("explanation", "text", render_explanation))
