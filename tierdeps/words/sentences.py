"""Phrases for steps, edges, facts, counts and durations, the same in all output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.model import Evidence, Kind
from tierdeps.model.templates import ALL_INSTANCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tierdeps.model import Coupling, Cycle, Dependency, Driver, Edge, Step

#: The maximal number of names that a sentence lists.
MAX_NAMES_LISTED = 10
#: From this duration on, minutes are shown.
MINUTES_FROM_S = 120


def step_name(step: Step) -> str:
    """Return the name of a step; the phase is omitted if it is the default one, start."""
    return step.driver if step.phase == "start" else str(step)


def edge_text(edge: Edge) -> str:
    """Return the sentence for an edge."""
    dependent, needed = step_name(edge.dependent), step_name(edge.needed)
    if edge.kind is Kind.BEFORE:
        return f"{dependent} comes after {needed}, which is declared to come before {edge.via or dependent}"
    if edge.kind is Kind.CONFLICTS:
        by = f", which provides {edge.via}" if edge.via else ""
        return f"{edge.dependent.driver} conflicts with {edge.needed.driver}{by}"
    if edge.dependency.kind.is_mirrored and edge.via:
        return f"{dependent} {edge.kind} {needed}, which declares that {edge.via} {edge.kind} it"
    verb = "comes after" if edge.kind is Kind.AFTER else edge.kind
    must = "must not be skipped" if edge.dependency.blocks_skipped else ""
    terms = coupling_text(edge.coupling, edge.dependency.target)
    if edge.needed_as != edge.needed.driver:
        also = f" and {must}" if must else ""
        return f"{dependent} {verb} {edge.dependency.target}, which is provided by {needed}{also}{terms}"
    return f"{dependent} {verb} {needed}, which {must}{terms}" if must else f"{dependent} {verb} {needed}{terms}"


def coupling_text(coupling: Coupling, target: str) -> str:
    """Return the terms of a coupling, each after a comma; ``target`` is what a quorum is of."""
    terms = (f"{key} = {value}{f' of {target}' if key == 'atleast' else ''}" for key, value in coupling.terms.items())
    return "".join(f", {term}" for term in terms)


def need_text(edge: Edge) -> str:
    """Return the declaration of an edge as it is written: what to change to remove the edge."""
    far = edge.dependency.target
    own = f"{edge.declarer}:{edge.dependency.phase}" if edge.dependency.phase else edge.declarer
    when = f", when {edge.when}" if edge.when else ""
    return f"{own} {edge.dependency.kind} {far}{when}"


def edge_evidence(edge: Edge) -> Evidence:
    """Return an edge as evidence: who declared it, where, why, and under which fact."""
    return Evidence(edge_text(edge), edge.origin, edge.reason, edge.when, "on", edge.dependency.target)


def declared_evidence(driver: str, dependency: Dependency) -> Evidence:
    """Return a dependency as its driver declares it, whether or not its target is there."""
    own = f"{driver}:{dependency.phase}" if dependency.phase else driver
    text = f"{own} {dependency.kind} {dependency.target}"
    return Evidence(text, dependency.origin, dependency.reason, dependency.when, "on", dependency.target)


def cycle_evidence(cycle: Cycle, drivers: Mapping[str, Driver]) -> Iterable[Evidence]:
    """Yield the edges of a cycle as evidence, and the order of a driver's own phases where the path follows it."""
    for edge, following in zip(cycle.edges, (*cycle.edges[1:], cycle.edges[0]), strict=True):
        yield edge_evidence(edge)
        later, earlier = edge.needed, following.dependent
        if later != earlier:
            text = f"{step_name(later)} comes after {step_name(earlier)}: the order of its own phases"
            yield Evidence(text, drivers[later.driver].origin)


def unknown_text(target: str) -> str:
    """Return what is wrong with a target that nothing is, as the end of a sentence."""
    name = next((subject for subject in (target, target.rpartition(":")[0]) if subject.endswith(ALL_INSTANCES)), "")
    if name:
        return f"but there is no other driver {name.removesuffix(ALL_INSTANCES)}@INSTANCE"
    return "but no driver has this name or provides it"


def terms_text(dependency: Dependency) -> str:
    """Return how a dependency differs from a hard, unconditional one; empty if it does not.

    This is part of the identity of findings: a dependency that becomes hard or unconditional is a new finding.
    """
    terms = [str(dependency.kind)] if dependency.kind is not Kind.REQUIRES else []
    if dependency.when is not None:
        terms.append(f"when {dependency.when}")
    return f" ({', '.join(terms)})" if terms else ""


def arrow_text(edge: Edge) -> str:
    """Return an edge as an arrow from the dependent to what it needs, with its terms.

    It is the same whichever driver declares it: ``before`` is shown as ``after``, ``required_by`` as ``requires``.
    """
    kind = Kind.AFTER if edge.kind is Kind.BEFORE else edge.kind
    dependency = edge.dependency if edge.dependency.kind is kind else replace(edge.dependency, kind=kind)
    return f"{step_name(edge.dependent)} -> {step_name(edge.needed)}{terms_text(dependency)}"


def facts_text(facts: Iterable[str]) -> str:
    """Return the condition that facts make; empty if there are none."""
    names = list(facts)
    return f", only when {' and '.join(names)}" if names else ""


def absence_text(facts: Sequence[str]) -> str:
    """Return why a driver is absent that is conditional on facts, one for each declaration of it."""
    if len(facts) == 1:
        return f"the fact {facts[0]!r} does not hold"
    return f"none of the facts {', '.join(map(repr, facts))} holds"


def counted(number: int, noun: str) -> str:
    """Return a number with a noun, in the plural unless the number is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def quorum_note(edge: Edge) -> str:
    """Return the quorum that an edge is part of, for beside an arrow; empty if it is part of none."""
    atleast = edge.coupling.atleast
    return "" if atleast is None else f"at least {atleast} of {edge.dependency.target}"


def host_note(name: str, host: str | None) -> str:
    """Return where a driver runs, for beside its name; empty where the name says so, or nothing is declared."""
    return "" if host is None or name.endswith(f"@{host}") else f"(on {host})"


def listed(names: Sequence[str], total: int | None = None, *, separator: str = ", ") -> str:
    """Return names in a list; of many only the first ones, and the number of the others.

    ``total`` is how many there are, where ``names`` are only the first ones.
    """
    more = (len(names) if total is None else total) - MAX_NAMES_LISTED
    return separator.join(names[:MAX_NAMES_LISTED]) + (f" and {more} more" if more > 0 else "")


def seconds_text(seconds: float) -> str:
    """Return a duration, rounded to what matters: ``0.012 s``, ``4.2 s``, ``3 min 20 s``, ``2 d 4 h``."""
    if round(seconds, 3) < 1:
        return f"{seconds:.3f} s"
    if seconds < MINUTES_FROM_S:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    for unit, size, below, small in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // small} {below}"
    return f"{whole} s"


def exact_text(seconds: float) -> str:
    """Return a duration to the millisecond, so that lines can be compared."""
    return f"{seconds:.3f} s"
