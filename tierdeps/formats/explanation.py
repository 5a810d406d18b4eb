"""The load order with the reason for each driver's position: ``tierdeps order --explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.analysis.why.text import declared
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import edge_document, lines
from tierdeps.words.order import plan_lines
from tierdeps.words.sentences import edge_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps.analysis.why import PlanExplanation
    from tierdeps.model import Edge, PlannedDriver
    from tierdeps.words.documents import Json


def render_text(explanation: PlanExplanation, view: View) -> Iterator[str]:
    """Yield the plan's lines with their reasons."""
    drivers, palette = explanation.plan.drivers, view.palette

    def reasons(driver: PlannedDriver) -> Iterator[str]:
        return (palette.sentence(printable(line), drivers) for line in _reasons(explanation, driver))

    return plan_lines(explanation.plan, reasons, palette)


def _reasons(explanation: PlanExplanation, driver: PlannedDriver) -> Iterator[str]:
    """Yield what puts a driver into its tier, unless it names it, and into its stage, unless that is the first."""
    name = driver.name
    to_tier, to_stage = explanation.tier_edges.get(name), explanation.stage_edges.get(name)
    if to_tier is not None:
        yield f"tier {driver.tier}, because it needs {to_tier.needed.driver} ({_edge_sentence(to_tier)})"
    elif name in explanation.untiered:
        yield f"tier {driver.tier}, the first: it has no tier of its own and needs nothing of a later tier"
    if to_stage is not None:
        again = "the same dependency" if to_stage == to_tier else _edge_sentence(to_stage)
        yield f"stage {driver.stage} of {driver.tier}, after {to_stage.needed.driver} ({again})"
    if others := sorted(explanation.co_staged.get(name, frozenset()) - {name}):
        yield f"together with {', '.join(others)}: they need each other in different phases"


def _edge_sentence(edge: Edge) -> str:
    condition = f", when {edge.when}" if edge.when else ""
    return f"{edge_text(edge)}{condition}, {declared(edge.origin)}"


def document(explanation: PlanExplanation) -> Json:
    """Return the document as plain values."""
    plan = explanation.plan

    def because(links: Mapping[str, Edge], name: str) -> Json:
        return edge_document(links[name]) if name in links else None

    return {
        "schema": "tierdeps/explanation/1",
        "digest": plan.digest,
        "facts": dict(plan.facts),
        "drivers": {
            driver.name: {
                "tier": driver.tier,
                "tier_because": because(explanation.tier_edges, driver.name),
                "stage": driver.stage,
                "stage_because": because(explanation.stage_edges, driver.name),
                "shared_with": [*sorted(explanation.co_staged.get(driver.name, frozenset()) - {driver.name})],
            }
            for driver in plan
        },
    }


def render_json(explanation: PlanExplanation, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(document(explanation))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("explanation", "json", render_json), Format("explanation", "text", render_text, prose=True))
