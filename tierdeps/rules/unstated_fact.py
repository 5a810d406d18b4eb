"""TD205: a fact that nothing states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.suggest import KnownNames, meant
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import UNSTATED_FACT
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each fact that is taken to be no because nothing states it.

    Where every fact is taken as true, as ``check`` does, all are stated.
    """
    graph = context.graph
    likely = KnownNames(graph.declarations.facts.keys() - set(graph.mentioned_facts))
    for fact in graph.mentioned_facts:
        if fact not in graph.declarations.facts:
            yield _finding(graph, fact, meant(likely.nearest(fact)))


def _finding(graph: DependencyGraph, fact: str, hint: str) -> Finding:
    from tierdeps.analysis.fixes.places import quoted, settings_place

    hanging = graph.conditional.get(fact, ())  # none where only a duplicate, which is not in the graph, has it
    drivers = graph.conditional_drivers.get(fact, ())
    evidence = (
        *(
            Evidence(f"{name} {item.kind} {item.target}", item.origin, item.reason, fact, "when", fact)
            for name, item in hanging
        ),
        *(Evidence(f"{driver.name} is there when {fact}", driver.origin, key="when", name=fact) for driver in drivers),
    )
    place = settings_place(item.origin for item in evidence)
    fixes = (
        Fix(f"set it for this run: --assume {fact}=yes, or {fact}=no"),
        Fix(f"set it: {quoted(fact)} = true, or false, in [facts], {place}"),
        Fix("install a plugin that sets it (hook tierdeps_facts)"),
    )
    message = f"fact {fact!r} is not set; assuming no{hint}"
    names = dict.fromkeys((*(name for name, _ in hanging), *(driver.name for driver in drivers)))
    return RULE.finding(message, names, evidence, fixes, subject=(fact,), anchors=())


RULE = Rule(
    *UNSTATED_FACT,
    Severity.WARNING,
    "A driver or a dependency is conditional on a fact that is not set: not by a plugin, a graph file, the\n"
    "settings or --assume. The fact is taken as no, so the driver is absent, or the dependency is omitted from the\n"
    "order. check takes every fact as true and reports this as TD206 instead.",
    """
[drivers.storage]
requires = [{ on = "qemu", when = "pool.auth" }]
[drivers.qemu]
""",
    "Set the fact: in [facts] of a graph file or of the settings, in a plugin with the hook tierdeps_facts, or\n"
    "with --assume.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
