"""What declarations resolve to: steps, the edges between them, and closed paths of edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.coupling import Coupling
    from tierdeps.model.declarations import Dependency
    from tierdeps.model.kind import Kind, OnSkipped
    from tierdeps.model.origin import Origin


class Step(NamedTuple):
    """One phase of one driver: the graph's node."""

    driver: str
    phase: str

    def __str__(self) -> str:
        return f"{self.driver}:{self.phase}"


class Edge(Value):
    """A dependency between two steps that are both there: ``dependent`` waits for ``needed``.

    ``declarer`` is the driver that carries the dependency: the dependent, or for ``before``, ``required_by`` and
    ``wanted_by`` the needed one.
    ``via`` is the capability it was resolved through, or empty.
    """

    dependent: Step
    needed: Step
    dependency: Dependency
    declarer: str
    via: str = ""

    @property
    def kind(self) -> Kind:
        """The verb, as the dependent would declare it; ``before`` has no other one."""
        return self.dependency.kind.of_dependent

    @property
    def is_required(self) -> bool:
        """Whether the dependent cannot do without the needed driver, which is there."""
        dependency = self.dependency
        return dependency.needs_target or dependency.kind == "required_by"

    @property
    def needed_as(self) -> str:
        """The name by which the dependent knows the needed driver: the capability that it declared, or the name."""
        return self.needed.driver if self.dependency.kind.is_mirrored else self.via or self.needed.driver

    @property
    def when(self) -> str | None:
        """The fact it depends on."""
        return self.dependency.when

    @property
    def reason(self) -> str:
        """The reason that the declaration gives."""
        return self.dependency.reason

    @property
    def origin(self) -> Origin:
        """Who declared it, and where."""
        return self.dependency.origin

    @property
    def skipped(self) -> OnSkipped:
        """What becomes of the dependent if the needed driver is skipped."""
        return self.dependency.skipped

    @property
    def coupling(self) -> Coupling:
        """What becomes of the dependent if the needed driver fails, is lost, or is started again."""
        return self.dependency.coupling

    @property
    def sort_key(self) -> tuple[object, ...]:
        """The sort key: unconditional edges before conditional ones, hard before soft."""
        return (self.dependent, self.needed, self.when is not None, self.dependency.sort_key, self.declarer, self.via)


class Cycle(Value):
    """A closed path of dependencies, and the strongly connected component that it is part of.

    ``edges`` follow the path: each one's dependent is the driver that the edge before it needs; the first dependent has
    the smallest name. ``feedback_arcs`` is a smallest set of dependencies, one edge each, without which the component
    has no cycle; ``exact`` is false where a smaller one may exist. ``component_edges`` are all dependencies between
    steps of the component: they distinguish one component from another. ``shortest`` is false where a shorter path may
    exist. ``other_feedback_arcs`` are a few other sets of the same size, the preferred ones first; ``equal_count`` is
    how many were found, ``feedback_arcs`` included; where there may be more, ``all_counted`` is false. ``quick`` says
    that ``feedback_arcs`` were found with little search, as the component is large: some may be unnecessary.
    """

    members: tuple[str, ...]
    edges: tuple[Edge, ...]
    feedback_arcs: tuple[Edge, ...] = ()
    exact: bool = True
    component_edges: tuple[Edge, ...] = ()
    shortest: bool = True
    other_feedback_arcs: tuple[tuple[Edge, ...], ...] = ()
    equal_count: int = 1
    all_counted: bool = False
    quick: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        """The drivers along the cycle, with the first one repeated at the end."""
        names = [edge.dependent.driver for edge in self.edges]
        return (*names, names[0])

    @property
    def step_edges(self) -> tuple[tuple[Step, Step], ...]:
        """The edges of the component as (dependent step, needed step), sorted, each once."""
        # not a set: the edges are nearly sorted already, and sorting is fast then
        return tuple(sorted(dict.fromkeys((edge.dependent, edge.needed) for edge in self.component_edges)))

    @property
    def when(self) -> tuple[str, ...]:
        """The facts that the path depends on; none: it is always a cycle."""
        return tuple(sorted({edge.when for edge in self.edges if edge.when is not None}))

    def __str__(self) -> str:
        return " -> ".join(self.path)
