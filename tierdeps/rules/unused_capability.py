"""TD203: a capability that nobody depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import UNUSED_CAPABILITY
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each capability that is provided in vain."""
    graph = context.graph
    used = set(_used(graph)) if graph.resolver.providers else set()
    targets = graph.declarations.targets
    for capability, providers in sorted(graph.resolver.providers.items()):
        if capability not in used and capability not in targets and any(name in graph.drivers for name in providers):
            yield _finding(graph, capability, providers)


def _used(graph: DependencyGraph) -> Iterator[str]:
    """Yield the capabilities that some driver, active or not, depends on another one for, whatever the facts."""
    for driver in graph.whole.drivers.values():
        for dependency in driver.dependencies:
            target = graph.resolver.look_up(dependency.target)
            if target.via and any(name != driver.name for name in target.drivers):
                yield target.via


def _finding(graph: DependencyGraph, capability: str, providers: tuple[str, ...]) -> Finding:
    evidence = (
        Evidence(f"{name} provides {capability}", graph.drivers[name].origin, key="provides", name=capability)
        for name in providers
    )
    fix = Fix(f"remove {capability!r} from provides of {' and '.join(providers)}")
    message = f"no other driver depends on {capability!r}, which {' and '.join(providers)}"
    message += " provides" if len(providers) == 1 else " provide"
    if capability in graph.drivers:
        message += f"; the name {capability!r} refers to the driver of that name"
    return RULE.finding(message, providers, evidence, (fix,), subject=(capability,), anchors=())


RULE = Rule(
    *UNUSED_CAPABILITY,
    Severity.WARNING,
    "A driver provides a capability that no other driver depends on. The name may be misspelt where it is needed,\n"
    "or a driver has the same name: a driver's name takes precedence over a capability.",
    """
[drivers.secret]
provides = ["secret-lookup"]
[drivers.storage]
wants = ["secrets-lookup"]      # another spelling
""",
    "Depend on it, correct the name, or remove it from provides. If it is meant for plugins that are not installed\n"
    "here, leave it.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
