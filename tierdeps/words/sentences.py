"""Edges in words: the same ones wherever they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.model import Evidence, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.model import Cycle, Dependency, Driver, Edge, Step


def step_name(step: Step) -> str:
    """Name a step; the one phase that drivers have by default goes without saying."""
    return step.driver if step.phase == "start" else str(step)


def edge_text(edge: Edge) -> str:
    """Say what comes after what, by which verb."""
    dependent, needed = step_name(edge.dependent), step_name(edge.needed)
    if edge.kind is Kind.BEFORE:
        return f"{dependent} comes after {needed}, which is declared to come before {edge.via or dependent}"
    if edge.kind is Kind.CONFLICTS:
        by = f", which provides {edge.via}" if edge.via else ""
        return f"{edge.dependent.driver} conflicts with {edge.needed.driver}{by}"
    verb = "comes after" if edge.kind is Kind.AFTER else edge.kind
    must = "must not be skipped" if edge.dependency.blocks_skipped else ""
    if edge.via:
        also = f" and {must}" if must else ""
        return f"{dependent} {verb} {edge.dependency.target}, which is provided by {needed}{also}"
    return f"{dependent} {verb} {needed}, which {must}" if must else f"{dependent} {verb} {needed}"


def need_text(edge: Edge) -> str:
    """Say what was declared, in the words of who declared it: what has to be changed for an edge to go."""
    far = edge.dependency.target
    own = f"{edge.declarer}:{edge.dependency.phase}" if edge.dependency.phase else edge.declarer
    when = f", when {edge.when}" if edge.when else ""
    return f"{own} {edge.kind} {far}{when}"


def edge_evidence(edge: Edge) -> Evidence:
    """Say who declared an edge, where, why, and under which fact."""
    return Evidence(edge_text(edge), edge.origin, edge.reason, edge.when)


def declared_evidence(driver: str, dependency: Dependency) -> Evidence:
    """Return a dependency as its driver declares it, whether or not its target is there."""
    own = f"{driver}:{dependency.phase}" if dependency.phase else driver
    text = f"{own} {dependency.kind} {dependency.target}"
    return Evidence(text, dependency.origin, dependency.reason, dependency.when)


def cycle_evidence(cycle: Cycle, drivers: Mapping[str, Driver]) -> Iterable[Evidence]:
    """Walk a cycle edge by edge; where it goes on from another phase of a driver, that is said too."""
    for edge, following in zip(cycle.edges, (*cycle.edges[1:], cycle.edges[0]), strict=True):
        yield edge_evidence(edge)
        later, earlier = edge.needed, following.dependent
        if later != earlier:
            text = f"{step_name(later)} comes after {step_name(earlier)}: the order of its own phases"
            yield Evidence(text, drivers[later.driver].origin)


def terms_text(dependency: Dependency) -> str:
    """Return how a dependency differs from one that is hard and always holds: an empty string where it does not.

    It is part of what findings are known again by: the same dependency made harder, or unconditional, is another one.
    """
    terms = [str(dependency.kind)] if dependency.kind is not Kind.REQUIRES else []
    if dependency.when is not None:
        terms.append(f"when {dependency.when}")
    return f" ({', '.join(terms)})" if terms else ""


def arrow_text(edge: Edge) -> str:
    """Return an edge as an arrow from the dependent to what it needs, with its terms.

    Who declares an order makes no difference to it: ``before`` reads as ``after``.
    """
    dependency = edge.dependency
    if dependency.kind is Kind.BEFORE:
        dependency = replace(dependency, kind=Kind.AFTER)
    return f"{step_name(edge.dependent)} -> {step_name(edge.needed)}{terms_text(dependency)}"


def facts_text(facts: Iterable[str]) -> str:
    """Say under which facts something holds: an empty string where it always does."""
    names = list(facts)
    return f", only when {' and '.join(names)}" if names else ""


def counted(number: int, noun: str) -> str:
    """Say how many, in the plural unless it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
