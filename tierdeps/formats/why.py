"""Why a driver has its position, and why it depends on another one: ``tierdeps why``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.analysis.why import Placement, Relation, Route
from tierdeps.analysis.why.chain import MAX_CHAINS_COUNTED
from tierdeps.analysis.why.text import chain_lines, declared, edge_lines, facts_of
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import edge_document, lines, origin_document
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.analysis.why import Chain
    from tierdeps.model import Edge
    from tierdeps.words.documents import Json


#: Formats a chain as lines.
Shown = Callable[[Sequence["Edge"]], "Iterator[str]"]
#: Of a longer list, the other names are counted.
MAX_NAMES_SHOWN = 5


def render_text(answer: Placement | Route, view: View) -> Iterator[str]:
    """Yield the answer's lines; long chains are cut where ``view.limit`` is not None."""
    shown = partial(chain_lines, whole=view.limit is None)
    found = _place(answer, shown) if isinstance(answer, Placement) else _route(answer, shown)
    if not view.color:
        return found
    names = _names(answer)
    return (line if line.lstrip().startswith("because ") else view.palette.sentence(line, names) for line in found)


def _names(answer: Placement | Route) -> set[str]:
    """Return the drivers that an answer is about."""
    if isinstance(answer, Placement):
        bringing = answer.activation.chain if answer.activation else ()
        edges = (*answer.tier_chain, *answer.stage_chain, *answer.inactive, *bringing)
        names = {answer.driver, *answer.co_staged}
    else:
        chains = [chain.edges for chain in (answer.forward, answer.backward) if chain is not None]
        edges = (*answer.inactive, *(edge for chain in chains for edge in chain))
        names = {answer.dependent, answer.needed}
    return names | {step.driver for edge in edges for step in (edge.dependent, edge.needed)}


def _place(place: Placement, shown: Shown) -> Iterator[str]:
    yield printable(_headline(place))
    for part in (_activation(place), _tier(place, shown), _stage(place, shown), _cycle(place), _inactive(place)):
        lines = list(part)
        if lines:
            yield ""
            yield from lines


def _headline(place: Placement) -> str:
    where = [f"tier {place.tier}"] if place.tiers_declared else []
    where.append(f"stage {place.stage} of {place.stages}" if place.stage else "no stage")
    where += [] if place.host is None else [f"on {place.host}"]
    return f"{place.driver}: {', '.join(where)}{' (disabled: it keeps its place)' if place.disabled else ''}"


def _activation(place: Placement) -> Iterator[str]:
    """Yield why a driver is active, in a graph with targets."""
    if place.activation is None:
        return
    if not place.activation.chain:
        yield printable(f"active: {place.driver} is a target")
        return
    yield printable(f"active, because of the target {place.activation.target}")
    for edge in place.activation.chain:
        yield from edge_lines(edge)


def _tier(place: Placement, shown: Shown) -> Iterator[str]:
    name = place.driver
    if not place.tiers_declared:
        if place.undeclared:
            yield printable(f"{name} names the tier {place.undeclared}, but no tiers are declared")
        return
    names = f"names {place.undeclared}, which is not declared" if place.undeclared else "has no tier of its own"
    if place.named_by == name:
        yield printable(f"tier {place.tier}: declared by {name} itself")
    elif place.tier_chain:
        yield printable(f"tier {place.tier}: {name} {names}; this is the latest tier that it needs")
        yield from shown(place.tier_chain)
    else:
        yield printable(f"tier {place.tier}, the first: {name} {names} and needs nothing of a later tier")
    if place.named_by != name and place.named_by:
        yield printable(f"  {place.named_by} is in tier {place.tier}")
    if place.named_at is not None:
        yield f"      {printable(declared(place.named_at))}"


def _stage(place: Placement, shown: Shown) -> Iterator[str]:
    if place.stage is None:
        yield "no stage: this graph has no start order; for the reason: tierdeps check"
        return
    within = f"in {place.tier} " if place.tiers_declared else ""
    if place.stage_chain:
        yield printable(f"stage {place.stage}, because of the longest chain {within}that leads to {place.driver}:")
    else:
        yield printable(f"stage {place.stage}, because nothing {within}comes before {place.driver}")
    yield from shown(place.stage_chain)
    if place.co_staged:
        others = _listed(place.co_staged)
        yield printable(f"  {place.driver} shares its stage with {others}: they need each other in different phases")


def _cycle(place: Placement) -> Iterator[str]:
    others = [name for name in place.cycle_members if name != place.driver]
    if others:
        told = f"{place.driver} is in a cycle with {_listed(others)}"
        yield printable(f"{told}: tierdeps check shows the shortest one")


def _inactive(place: Placement) -> Iterator[str]:
    if place.inactive:
        facts = sorted({edge.when for edge in place.inactive if edge.when is not None})
        holds = "does not hold" if len(facts) == 1 else "do not hold"
        yield printable(f"omitted because {', '.join(facts)} {holds} here")
    for edge in place.inactive:
        yield from edge_lines(edge)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(names[:MAX_NAMES_SHOWN])
    return f"{shown} and {len(names) - MAX_NAMES_SHOWN} more" if len(names) > MAX_NAMES_SHOWN else shown


def _route(route: Route, shown: Shown) -> Iterator[str]:
    one, other = route.dependent, route.needed
    if route.forward is not None:
        yield from _chain(f"{one} depends on {other}", route.forward, shown)
    elif route.backward is not None:
        yield from _chain(f"{one} does not depend on {other}, but {other} depends on {one}", route.backward, shown)
    else:
        yield from _apart(route)
    if route.forward is not None and route.backward is not None:
        yield ""
        yield printable(_mutual(route))
    if route.inactive:
        more = "by a shorter chain " if route.forward is not None else ""
        missing = [edge for edge in route.inactive if edge.when is not None and not route.facts[edge.when]]
        yield ""
        yield printable(f"{one} would depend on {other} {more}when {facts_of(missing)}:")
        yield from shown(route.inactive)


def _chain(claim: str, chain: Chain, shown: Shown) -> Iterator[str]:
    number = len(chain.edges)
    how = "directly" if number == 1 else f"through a chain of {number} dependencies"
    yield printable(f"{claim}, {how}:")
    yield ""
    yield from shown(chain.edges)
    yield ""
    yield _others(chain)


def _others(chain: Chain) -> str:
    if chain.others >= MAX_CHAINS_COUNTED:
        return "more than 10^15 other chains of dependencies connect them"
    verb = "connects" if chain.others == 1 else "connect"
    number = counted(chain.others, "other chain")
    if chain.exact:
        return (
            f"{number} of dependencies {verb} them" if chain.others else "no other chain of dependencies connects them"
        )
    some = f"at least {number} of dependencies {verb} them" if chain.others else "other chains may connect them"
    return f"{some}; not all chains through a cycle are counted"


def _mutual(route: Route) -> str:
    cyclic = ": they are in a cycle, and tierdeps check shows the shortest one"
    how = cyclic if route.in_cycle else ", in other phases: no cycle"
    return f"{route.needed} depends on {route.dependent} too{how}"


def _apart(route: Route) -> Iterator[str]:
    yield printable(f"neither {route.dependent} nor {route.needed} depends on the other")
    if route.relation is Relation.TIERS:
        later = route.needed if route.earlier == route.dependent else route.dependent
        first, second = route.tiers if route.earlier == route.dependent else reversed(route.tiers)
        yield printable(
            f"only their tiers order them: {route.earlier} is in {first}, all of which is ready"
            f" before anything of {second}, the tier of {later}, begins"
        )
    else:
        yield "nothing else orders them: they may start in any order, or at the same time"


def document(answer: Placement | Route) -> Json:
    """Return the whole document: ``driver`` is there for one driver, ``from`` and ``to`` for two."""
    fields = _place_document(answer) if isinstance(answer, Placement) else _route_document(answer)
    return {"schema": "tierdeps/why/1", "facts": dict(answer.facts), **fields}


def _edges(edges: Iterable[Edge]) -> list[Json]:
    return [edge_document(edge) for edge in edges]


def _activation_document(place: Placement) -> dict[str, Json]:
    found = place.activation
    return {} if found is None else {"active": {"target": found.target, "because": _edges(found.chain)}}


def _place_document(place: Placement) -> dict[str, Json]:
    return {
        "driver": place.driver,
        **({} if place.host is None else {"host": place.host}),
        "disabled": place.disabled,
        **_activation_document(place),
        "tier": {
            "name": place.tier,
            "named_by": place.named_by or None,
            "origin": origin_document(place.named_at),
            "because": _edges(place.tier_chain),
        },
        "stage": None
        if place.stage is None
        else {
            "number": place.stage,
            "of": place.stages,
            "because": _edges(place.stage_chain),
            "shared_with": list(place.co_staged),
        },
        "cycle": list(place.cycle_members),
        "dormant": _edges(place.inactive),
    }


def _route_document(route: Route) -> dict[str, Json]:
    return {
        "from": route.dependent,
        "to": route.needed,
        "relation": str(route.relation),
        "chain": _chain_document(route.forward),
        "back": _chain_document(route.backward),
        "in_cycle": route.in_cycle,
        "tiers": {"from": route.tiers[0], "to": route.tiers[1]},
        "dormant": _edges(route.inactive),
    }


def _chain_document(chain: Chain | None) -> Json:
    if chain is None:
        return None
    return {"edges": _edges(chain.edges), "others": chain.others, "others_exact": chain.exact}


def render_json(answer: Placement | Route, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(document(answer))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("why", "json", render_json), Format("why", "text", render_text, prose=True))
