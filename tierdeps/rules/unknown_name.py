"""TD206: a name that nothing has, in a soft dependency, a choice, a fact, or what the settings have for a driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.suggest import KnownNames, meant, suggestion
from tierdeps.graph.resolve import Problem
from tierdeps.hooks import hookimpl
from tierdeps.model import Choose, Evidence, Finding, Fix, Kind, Replace, Severity, Topic
from tierdeps.model.hosts import fact_of_host
from tierdeps.rule_codes import UNKNOWN_NAME
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import MAX_NAMES_LISTED, declared_evidence, listed, unknown_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Dependency, Statement

_VERBS = {
    Kind.AFTER: "comes after",
    Kind.BEFORE: "comes before",
    Kind.CONFLICTS: "conflicts with",
    Kind.REQUIRED_BY: "is required by",
    Kind.WANTED_BY: "is wanted by",
}


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each name that leads to nothing and is no error otherwise."""
    graph = context.graph
    yield from _targets(graph)
    yield from _choices(graph)
    yield from unused_facts(graph.declarations.statements, graph.whole.mentioned_facts)
    yield from _tables(graph)
    yield from _additions(graph)
    yield from _unstated_facts(graph)


def _meant(near: str | None) -> tuple[str, tuple[Fix, ...]]:
    """Return what a message ends with, and the fix that comes first, where a name is near."""
    return meant(near), (Fix(f"name {near!r}, if that is meant"),) if near else ()


def _targets(graph: DependencyGraph) -> Iterator[Finding]:
    together: dict[tuple[str, str], list[Dependency]] = {}
    for driver, dependency in graph.unknown_targets:
        together.setdefault((driver, dependency.target), []).append(dependency)
    if not together:
        return
    from tierdeps.analysis.fixes.names import TargetNames  # where there is something to fix
    from tierdeps.analysis.fixes.trial import Trials

    names, trials = TargetNames(graph), Trials(graph)
    for (driver, target), dependencies in together.items():
        near = names.nearest_to(target, driver)
        verbs = " and ".join(dict.fromkeys(_VERBS.get(item.kind, str(item.kind)) for item in dependencies))
        yield RULE.finding(
            f"{driver} {verbs} {target!r}, {unknown_text(target)}{meant(near)}",
            (driver,),
            (declared_evidence(driver, item) for item in dependencies),
            _target_fixes(trials, driver, dependencies, near),
            subject=(target,),
        )


def _target_fixes(trials: Trials, driver: str, dependencies: Sequence[Dependency], near: str | None) -> Iterator[Fix]:
    """Offer what can be done of one dependency as a change, of several in words."""
    from tierdeps.analysis.fixes.places import can_be_optional, how_to_declare, how_to_make_optional, where

    first, *others = dependencies
    origin = first.origin
    if near:
        summary = f"correct the name to {near!r}, if that is meant, {where(origin)}"
        change = Replace(driver, first, replace(first, target=near))
        yield Fix(summary) if others else trials.fix(change, summary, "the name is known")
    yield Fix(how_to_declare(first.target, origin))
    if can_be_optional(origin):
        optional = Replace(driver, first, replace(first, optional=True))
        yield Fix(how_to_make_optional(origin), None if others else optional)


def _choices(graph: DependencyGraph) -> Iterator[Finding]:
    """Yield a finding for each choice that chooses nothing; one that a driver stumbles over is TD104."""
    choices = graph.declarations.choices
    if not choices:
        return
    from tierdeps.analysis.fixes.trial import Trials

    capabilities, trials = KnownNames(graph.resolver.providers), Trials(graph)
    stated = {item.name: item for item in graph.declarations.statements if item.topic is Topic.CHOOSE}
    reported = {item.subject for item in graph.unresolved if item.problem is Problem.WRONG_CHOICE}
    for capability, provider in choices.items():
        providers = graph.resolver.providers.get(capability, ())
        if provider in providers or capability in reported:
            continue
        if providers:
            message = f"{provider!r} is chosen for {capability!r}, but it {_instead(graph, provider, providers)}"
            fixes = _other_choices(trials, capability, providers)
        else:
            near = meant(capabilities.nearest(capability))
            message = f"{provider!r} is chosen for {capability!r}, but no driver provides it{near}"
            fixes = [Fix("correct the capability's name, or remove the choice")]
        origin = stated[capability].origin if capability in stated else None
        told = f'[choose] "{capability}" = "{provider}"'
        evidence = (Evidence(told, origin),) if origin else ()
        yield RULE.finding(message, (), evidence, fixes, subject=(f"choose.{capability}",))


def _other_choices(trials: Trials, capability: str, providers: Sequence[str]) -> list[Fix]:
    from tierdeps.analysis.fixes.trial import ranked

    offered = providers[:MAX_NAMES_LISTED]
    choices = (trials.fix(Choose(capability, name), f"choose {name}", f"{name} provides it") for name in offered)
    return ranked(choices)


def _instead(graph: DependencyGraph, provider: str, providers: Sequence[str]) -> str:
    """Return what is wrong with a provider that is not one."""
    only = f"only {listed(providers, separator=' and ')} can provide it"
    if provider in graph.drivers:
        return f"does not provide it; {only}"
    return f"is not a driver{suggestion(provider, providers) or f'; {only}'}"


def unused_facts(statements: Iterable[Statement], mentioned: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each fact that is stated or assumed while no dependency is conditional on it."""
    used, known = frozenset(mentioned), KnownNames(mentioned)
    together: dict[str, list[Statement]] = {}
    for item in statements:
        if item.topic in (Topic.FACTS, Topic.ASSUME) and item.name not in used:
            together.setdefault(item.name, []).append(item)
    for name, items in sorted(together.items()):
        evidence = (Evidence(f"the fact {name} is {_stated(item)}", item.origin) for item in items)
        hint, fixes = _meant(known.nearest(name))
        last = f"--assume {name}:" if items[-1].topic is Topic.ASSUME else f"the fact {name!r} is set, but"
        yield RULE.finding(
            f"{last} no dependency is conditional on it{hint}",
            (),
            evidence,
            (*fixes, Fix("remove it, or make a dependency conditional on it")),
            subject=(f"facts.{name}",),
        )


def _stated(item: Statement) -> str:
    return "assumed" if item.topic is Topic.ASSUME else "stated"


def _is_declared(graph: DependencyGraph, name: str) -> bool:
    """Return whether a driver is declared, also one that is not active, or absent on this host."""
    return name in graph.whole.drivers or name in graph.absent


def _tables(graph: DependencyGraph) -> Iterator[Finding]:
    known = KnownNames(graph.whole.drivers)
    for item in graph.declarations.statements:
        if item.topic is Topic.DRIVERS and not _is_declared(graph, item.name):
            hint, fixes = _meant(known.nearest(item.name))
            yield RULE.finding(
                f"the settings have a table for the driver {item.name!r}, but there is no such driver{hint}",
                (),
                (Evidence(f"the settings of the driver {item.name}", item.origin),),
                (*fixes, Fix("remove the table, or install or declare the driver")),
                subject=(f"drivers.{item.name}",),
            )


def _additions(graph: DependencyGraph) -> Iterator[Finding]:
    """Yield a finding for each driver that the settings add dependencies to while there is none of that name."""
    together: dict[str, list[Statement]] = {}
    for item in graph.declarations.statements:
        if item.topic is Topic.DEPENDENCIES and not _is_declared(graph, item.name):
            together.setdefault(item.name, []).append(item)
    known = KnownNames(graph.whole.drivers)
    for name, items in together.items():
        near = known.nearest(name)
        fixes = (Fix(f"name {near!r}, if that is meant ({items[0].origin})"),) if near else ()
        yield RULE.finding(
            f"the settings add a dependency to the driver {name!r}, but there is no such driver{meant(near)}",
            (),
            (Evidence(f"a dependency of {name}", item.origin) for item in items),
            (*fixes, Fix("remove the dependency, or install or declare the driver")),
            subject=(f"dependencies.{name}",),
        )


def _unstated_facts(graph: DependencyGraph) -> Iterator[Finding]:
    """Yield a finding for each fact that only the worst case takes as true; elsewhere TD205 reports it."""
    known = graph.declarations.known_facts
    unstated = set(graph.mentioned_facts).difference(known) if known is not None else set()
    own = _own_names(graph, unstated)
    unstated.difference_update(fact for fact, name in own.items() if name in (known or ()))
    if known is None or not unstated:
        return
    assumed = {item.name for item in graph.declarations.statements if item.topic is Topic.ASSUME}
    likely = KnownNames(known.union(graph.mentioned_facts).difference(assumed - set(graph.mentioned_facts)))
    for fact in sorted(unstated):
        dependencies = graph.conditional.get(fact, ())
        drivers = graph.conditional_drivers.get(fact, ())
        near = likely.nearest(fact, fact)
        is_same = near in own and own.get(fact) == own[near]  # the same fact of another host
        hint, fixes = _meant(None if is_same else near)
        evidence = (
            *(replace(declared_evidence(*item), key="when", name=fact) for item in dependencies),
            *(
                Evidence(f"{driver.name} is there when {fact}", driver.origin, key="when", name=fact)
                for driver in drivers
            ),
        )
        conditional = " and ".join(("dependencies",) * bool(dependencies) + ("drivers",) * bool(drivers))
        yield RULE.finding(
            f"fact {fact!r} is not set anywhere, and {conditional or 'dependencies'} are conditional on it{hint}",
            dict.fromkeys((*(driver for driver, _ in dependencies), *(driver.name for driver in drivers))),
            evidence,
            (*fixes, *_stating(fact, evidence)),
            subject=(f"when {fact}",),
            anchors=(),
        )


def _own_names(graph: DependencyGraph, facts: Collection[str]) -> dict[str, str]:
    """Return, for facts of hosts, the names under which plugins state them there."""
    hosts = graph.declarations.all_hosts() if any("@" in fact for fact in facts) else ()
    places = {fact: fact_of_host(fact, hosts) for fact in facts}
    return {fact: place[1] for fact, place in places.items() if place is not None}


def _stating(fact: str, evidence: Iterable[Evidence]) -> Iterator[Fix]:
    from tierdeps.analysis.fixes.places import quoted, settings_place

    place = settings_place(item.origin for item in evidence)
    yield Fix(f"set it: {quoted(fact)} = true, or false, in [facts], {place}")
    yield Fix("install a plugin that sets it (hook tierdeps_facts)")


RULE = Rule(
    *UNKNOWN_NAME,
    Severity.WARNING,
    "A name refers to nothing: the target of any verb but requires; a capability or a provider in [choose]; a fact\n"
    "that is set or assumed although no dependency is conditional on it; a driver in the settings; and, in check,\n"
    "a fact in when that is not set anywhere. Such an entry has no effect, which usually means that the name is\n"
    "misspelt. A missing target of requires is an error: TD103.",
    """
[drivers.storage]
wants = ["secrt"]           # the driver is named secret
[drivers.secret]
""",
    'Correct the name. If a target may be absent, declare that: in a graph file with { on = "secret", optional =\n'
    'true }, in the settings with optional = true beside the verb, in a plugin with wants("secret",\n'
    "optional=True).",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
