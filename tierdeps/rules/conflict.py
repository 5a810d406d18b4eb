"""TD106: two drivers that must not be in one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Finding, Fix, Severity
from tierdeps.rules import Inspection, Rule
from tierdeps.words.sentences import edge_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Edge


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each pair of drivers of which one is declared to conflict with the other."""
    pairs: dict[tuple[str, ...], list[Edge]] = {}
    for edge in inspection.graph.conflicts:
        pair = tuple(sorted((edge.dependent.driver, edge.needed.driver)))
        pairs.setdefault(pair, []).append(edge)
    for (one, other), edges in sorted(pairs.items()):
        facts = {edge.when or "" for edge in edges}
        condition = "" if "" in facts else f"only when {' or '.join(sorted(facts))}"
        fixes = tuple(Fix(f'disable {name}, in the settings: disable = ["{name}"]') for name in (one, other))
        evidence = (edge_evidence(edge) for edge in edges)
        message = f"{one} and {other} conflict{condition and ', '}{condition}"
        yield RULE.finding(message, (one, other), evidence, fixes, subject=(condition,) if condition else ())


RULE = Rule(
    "TD106",
    "conflict",
    Severity.ERROR,
    "A driver is declared to conflict with another one, and both are there.",
    """
[drivers.nodedev-udev]
conflicts = ["nodedev-hal"]
[drivers.nodedev-hal]
""",
    "Disable one of them in the settings, or leave out the plugin that brings it. A driver that is disabled keeps its\n"
    "place in the order, and conflicts with nothing.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
