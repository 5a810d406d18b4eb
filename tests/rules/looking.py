"""What the tests of rules share: declare something, and see what one rule finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.graph import DependencyGraph
from tierdeps.manager import Manager
from tierdeps.model import Driver, Origin, Tier
from tierdeps.rules import Rule, RuleContext
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.model import Dependency, Finding, Plugin

RULES: dict[str, Rule] = {rule.code: rule for rule in Manager(Settings(), path=[]).rules()}
CORE_APP = (Tier("core"), Tier("app", after=("core",)))


def needing(name: str, *dependencies: Dependency, tier: str | None = None, provides: tuple[str, ...] = ()) -> Driver:
    """Declare a driver at a place of its own."""
    return Driver(name, tier, dependencies=dependencies, provides=provides, origin=by(name))


def by(name: str) -> Origin:
    """Return the place where a driver is declared."""
    return Origin(f"{name}.py", 1, distribution="acme", version="1.2")


def found(
    code: str,
    *drivers: Driver,
    tiers: Iterable[Tier] = (),
    facts: Mapping[str, bool] | None = None,
    choices: Mapping[str, str] | None = None,
    disabled: Iterable[str] = (),
) -> list[Finding]:
    """Return what one rule finds in a graph, whether it is run unasked or not."""
    graph = DependencyGraph(drivers, tiers, facts=facts, choices=choices, disabled=disabled)
    return list(RULES[code].check(RuleContext(graph)))


def found_in(code: str, *plugins: Plugin) -> list[Finding]:
    """Return what one rule finds in plugins."""
    return list(RULES[code].check(RuleContext(DependencyGraph(()), plugins)))
