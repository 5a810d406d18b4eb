"""TD201: a dependency that follows from others."""

from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from tierdeps.compact import is_compact
from tierdeps.hooks import hookimpl
from tierdeps.model import Deduplicate, Drop, Finding, Fix, Kind, Severity, Step
from tierdeps.model.coupling import UNCOUPLED
from tierdeps.rule_codes import REDUNDANT
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import declared_evidence, edge_evidence, edge_text, need_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import networkx as nx

    from tierdeps.analysis.transitive_reduction import RedundantEdges
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Dependency, Edge

    #: How a step was reached: from which other one, and over which dependency; None for a driver's own phases.
    Reached = dict[Step, tuple[Step, Edge | None]]


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each dependency that says nothing new once the others are known."""
    yield from repeated(context)
    chains = dict(_Ways(context.graph).chains())
    for edges in _by_declaration(context.graph, chains):
        if all(edge in chains for edge in edges):
            yield _finding(edges[0], chains[edges[0]])


def _by_declaration(graph: DependencyGraph, redundant: Iterable[Edge]) -> Iterable[Sequence[Edge]]:
    """Return the edges of each declaration that has a redundant one."""
    if graph.only_requires:  # each declaration has one edge
        return [(edge,) for edge in sorted(redundant, key=lambda edge: edge.sort_key)]
    declared: dict[tuple[str, Dependency], list[Edge]] = {}
    for edge in graph.edges:
        declared.setdefault((edge.declarer, edge.dependency), []).append(edge)
    return declared.values()


def repeated(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each dependency that a driver declares several times, which is cheap to find."""
    for driver, same in context.graph.repeated:
        told = [declared_evidence(driver, item) for item in same]
        text = f"{told[0].text}, when {told[0].when}" if told[0].when else told[0].text
        yield RULE.finding(
            f"{text}: that is declared {len(same)} times",
            (driver,),
            told,
            (Fix("remove all but one of them; they count as one dependency", Deduplicate(driver, same[0])),),
            subject=(text, "repeated"),
        )


def _finding(edge: Edge, others: tuple[Edge, ...]) -> Finding:
    path = [others[0].dependent.driver, *(item.needed.driver for item in others)]
    known = " -> ".join(path) if len(others) > 1 else edge_text(others[0])
    fix = Fix(
        f"remove it, unless the lifecycle of {edge.declarer} looks up {edge.dependency.target}",
        Drop(edge.declarer, edge.dependency),
        f"verified: {edge.dependent.driver} still comes after {edge.needed.driver}",
    )
    return RULE.finding(
        f"{edge_text(edge)}: implied by {known}",
        dict.fromkeys((edge.declarer, *path)),
        map(edge_evidence, (edge, *others)),
        (fix,),
        subject=(need_text(edge),),
        anchors=(edge.declarer,),
    )


class _Ways:
    """The ways from step to step that dependencies and drivers' own orders of phases make.

    Steps that need each other have one ``place``; whatever else a step needs has a lower one.
    """

    def __init__(self, graph: DependencyGraph) -> None:
        self.graph = graph
        self.place = _places(graph.steps)
        self.steps: list[list[Step]] = [[] for _ in range(max(self.place.values(), default=-1) + 1)]
        for step, place in self.place.items():
            self.steps[place].append(step)
        self.previous: dict[Step, Step] = {}
        if not graph.only_requires:
            for driver in graph.drivers.values():
                self.previous |= {
                    Step(driver.name, later): Step(driver.name, earlier) for earlier, later in pairwise(driver.phases)
                }
        self._edges: dict[Step, Sequence[Edge]] = {}
        #: What each place needs, in the order of the edges, if any of them may stand for any other.
        self._needs: list[list[int]] = []
        self._is_plain = graph.only_requires and len(self.steps) == len(self.place) and self._are_edges_single()

    def _are_edges_single(self) -> bool:
        """Return whether there is at most one edge between two steps, and keep what each place needs if there is."""
        steps = self.graph.steps
        if not is_compact(steps):
            return False
        place = list(map(self.place.__getitem__, steps.nodes))
        rows = (sorted(set(steps.incoming.neighbours(index)) - {index}) for index in range(len(place)))
        needs = {place[index]: [place[needed] for needed in row] for index, row in enumerate(rows)}
        self._needs = [needs[number] for number in range(len(place))]
        return sum(map(len, self._needs)) == self.graph.edge_count

    def edges_of(self, step: Step) -> Sequence[Edge]:
        """Return the edges of a step, sorted; only those that are looked at are made and kept."""
        if step not in self._edges:
            self._edges[step] = self.graph.edges_of(step)
        return self._edges[step]

    def chains(self) -> Iterator[tuple[Edge, tuple[Edge, ...]]]:
        """Yield each edge that others say too, with a shortest chain of these.

        What is inside a cycle is left alone: what follows from what there depends on how the cycle is broken.
        """
        from tierdeps.analysis.transitive_reduction import redundant_edges  # the default check does without

        if self._is_plain:
            yield from self._plain_chains()
            return
        arrows = Counter((self.place[edge.dependent], self.place[edge.needed]) for edge in self.graph.each_edge())
        own = {(self.place[later], self.place[earlier]) for later, earlier in self.previous.items()}
        twice = [arrow for arrow, count in arrows.items() if count > 1 or arrow in own]
        for known in redundant_edges(self._numbers({*arrows, *own})):
            for arrow in sorted({*known.edges, *(arrow for arrow in twice if known.covers(arrow[1]))}):
                if arrow[0] == arrow[1]:
                    continue
                for edge in self._between(*arrow):
                    if others := self._around(edge, known):
                        yield edge, others

    def _plain_chains(self) -> Iterator[tuple[Edge, tuple[Edge, ...]]]:
        """Yield the same for a graph without cycles in which all edges are unconditional requirements."""
        from tierdeps.analysis.transitive_reduction import redundant_edges

        for known in redundant_edges([sorted(row, reverse=True) for row in self._needs]):
            for arrow in sorted(known.edges):
                path = self._path_around(*arrow, known)
                yield self._single(*arrow), tuple(self._single(*pair) for pair in pairwise(path))

    def _single(self, dependent: int, needed: int) -> Edge:
        """Return the one edge from one place to another."""
        (step,) = self.steps[dependent]
        return self.edges_of(step)[self._needs[dependent].index(needed)]

    def _path_around(self, dependent: int, needed: int, known: RedundantEdges) -> list[int]:
        """Return a shortest path from one place to another beside the edge between them, as ``_around`` does.

        This is for graphs in which all edges are unconditional requirements: no edge is made for the search. Most paths
        are of two edges, which are found without it.
        """
        between = next((here for here in self._needs[dependent] if needed in self._needs[here]), None)
        if between is not None:
            return [dependent, between, needed]
        reached = {dependent: dependent}
        level = [dependent]
        while level and needed not in reached:
            fresh: dict[int, int] = {}
            for here in level:
                for there in self._needs[here]:
                    is_new = there >= needed and there not in reached and there not in fresh
                    if is_new and known.reaches(there, needed) and (here, there) != (dependent, needed):
                        fresh[there] = here
            reached |= fresh
            level = list(fresh)
        path = [needed] if needed in reached else []
        while path and path[-1] != dependent:
            path.append(reached[path[-1]])
        return path[::-1]

    def _between(self, dependent: int, needed: int) -> list[Edge]:
        """Return the edges from one place to another."""
        edges = (edge for step in sorted(self.steps[dependent]) for edge in self.edges_of(step))
        return [edge for edge in edges if self.place[edge.needed] == needed]

    def _numbers(self, arrows: Iterable[tuple[int, int]]) -> list[list[int]]:
        """Return what each place needs, the greatest first."""
        needs: list[list[int]] = [[] for _ in self.steps]
        for dependent, needed in sorted(arrows, reverse=True):
            if dependent != needed:
                needs[dependent].append(needed)
        return needs

    def _around(self, edge: Edge, known: RedundantEdges) -> tuple[Edge, ...]:
        """Return a shortest chain of other dependencies that says what an edge does; empty where there is none."""
        target = self.place[edge.needed]
        reached: Reached = {edge.dependent: (edge.dependent, None)}
        level = [edge.dependent]
        while level and edge.needed not in reached:
            fresh: Reached = {}
            for here in level:
                for step, link in self._onward(here):
                    leads = step not in reached and known.reaches(self.place[step], target)
                    if leads and (link is None or self._carries(link, edge)):
                        fresh.setdefault(step, (here, link))
            reached |= fresh
            level = list(fresh)
        return _walk_back(edge, reached) if edge.needed in reached else ()

    def _onward(self, here: Step) -> Iterator[tuple[Step, Edge | None]]:
        yield from ((other.needed, other) for other in self.edges_of(here))
        if here in self.previous:
            yield self.previous[here], None

    def _carries(self, other: Edge, edge: Edge) -> bool:
        """Return whether a dependency holds whenever another one does, and passes on what that one does.

        Of two between the same steps only the latter follows from the former: hard ones and unconditional ones lead.
        """
        between_the_same = (other.dependent, other.needed) == (edge.dependent, edge.needed)
        if between_the_same:
            edges = self.edges_of(edge.dependent)
            if edges.index(other) >= edges.index(edge):
                return False
        if (other.declarer, other.dependency) == (edge.declarer, edge.dependency):
            return False
        leads_there = other.needed.driver == edge.needed.driver
        if leads_there and edge.dependency.blocks_skipped and not other.dependency.blocks_skipped:
            return False
        if edge.coupling != UNCOUPLED and not (between_the_same and other.coupling == edge.coupling):
            return False
        is_hard = other.kind is Kind.REQUIRES and not other.coupling.passes_failed
        hard_enough = is_hard or edge.kind is not Kind.REQUIRES
        return hard_enough and other.when in (None, edge.when)


def _places(steps: nx.DiGraph[Step]) -> dict[Step, int]:
    """Return a number for each step, greater than those of what it needs."""
    import networkx as nx

    if nx.is_directed_acyclic_graph(steps):
        return {step: place for place, step in enumerate(chain(*nx.topological_generations(steps)))}
    whole = nx.condensation(steps)
    height = {node: place for place, node in enumerate(nx.topological_sort(whole))}
    return {step: height[node] for step, node in whole.graph["mapping"].items()}


def _walk_back(edge: Edge, reached: Reached) -> tuple[Edge, ...]:
    links: list[Edge] = []
    step = edge.needed
    while step != edge.dependent:
        step, link = reached[step]
        if link is not None:
            links.append(link)
    return tuple(reversed(links))


RULE = Rule(
    *REDUNDANT,
    Severity.WARNING,
    "A dependency that changes nothing, because other dependencies imply it: the order is the same without it. A\n"
    "dependency that passes on failures (requires) is implied only by others that do, an unconditional one only by\n"
    "unconditional ones. This is checked only on request: tierdeps check --select TD201. A dependency that one\n"
    "driver declares several times, with the same verb, fact and reason, is always reported; it counts once.",
    """
[drivers.storage]
requires = ["network", "secret"]      # network requires secret already
[drivers.network]
requires = ["secret"]
[drivers.secret]
""",
    "Remove it, or keep it: a declared dependency documents its reason, and a lifecycle can only look up drivers\n"
    "that its own driver declares to depend on.",
    check,
    on_request=True,
    default_check=repeated,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
