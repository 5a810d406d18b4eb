"""What declarations resolve to: steps, the edges between them, and closed paths of edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.declarations import Dependency, Kind, OnSkipped
    from tierdeps.model.origin import Origin


class Step(NamedTuple):
    """One phase of one driver: the graph's node."""

    driver: str
    phase: str

    def __str__(self) -> str:
        return f"{self.driver}:{self.phase}"


class Edge(Value):
    """A dependency between two steps that are both there: ``dependent`` waits for ``needed``.

    ``declarer`` is the driver that carries the dependency: the dependent, or for ``before`` the needed one.
    ``via`` is the capability it was resolved through, or empty.
    """

    dependent: Step
    needed: Step
    dependency: Dependency
    declarer: str
    via: str = ""

    @property
    def kind(self) -> Kind:
        """The verb it was declared with."""
        return self.dependency.kind

    @property
    def when(self) -> str | None:
        """The fact it hangs on."""
        return self.dependency.when

    @property
    def reason(self) -> str:
        """Why, in the words of who declared it."""
        return self.dependency.reason

    @property
    def origin(self) -> Origin:
        """Who declared it, and where."""
        return self.dependency.origin

    @property
    def skipped(self) -> OnSkipped:
        """What it does to the dependent that what it needs is skipped."""
        return self.dependency.skipped

    @property
    def sort_key(self) -> tuple[object, ...]:
        """What edges are ordered by: always so before sometimes, hard before soft."""
        return (self.dependent, self.needed, self.when is not None, self.dependency.sort_key, self.declarer, self.via)


class Cycle(Value):
    """A closed path of dependencies, and the component that it stands for.

    ``edges`` follow the path: each one's dependent is the driver that the edge before it needs; the first dependent has
    the smallest name. ``breaks`` is a smallest set of dependencies, one edge each, without which the component has no
    cycle; ``exact`` is false where only a heuristic could be paid for. ``inside`` are all dependencies between steps of
    the component: they distinguish one tangle from another. ``shortest`` is false where no search for a shorter path
    could be paid for to its end. ``other_breaks`` are a few other sets as small, the preferred ones first; ``as_small``
    counts all that were found, ``breaks`` included; where there may be more, ``all_counted`` is false.
    """

    members: tuple[str, ...]
    edges: tuple[Edge, ...]
    breaks: tuple[Edge, ...] = ()
    exact: bool = True
    inside: tuple[Edge, ...] = ()
    shortest: bool = True
    other_breaks: tuple[tuple[Edge, ...], ...] = ()
    as_small: int = 1
    all_counted: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        """The drivers along the cycle; the first stands again at the end."""
        names = [edge.dependent.driver for edge in self.edges]
        return (*names, names[0])

    @property
    def arrows(self) -> tuple[tuple[Step, Step], ...]:
        """The dependencies inside the component, each as the dependent step and the needed one, sorted, each once."""
        # in the order of the edges, which is nearly theirs: a set would have to be sorted from scratch
        return tuple(sorted(dict.fromkeys((edge.dependent, edge.needed) for edge in self.inside)))

    @property
    def when(self) -> tuple[str, ...]:
        """The facts that the path hangs on; none: it is always a cycle."""
        return tuple(sorted({edge.when for edge in self.edges if edge.when is not None}))

    def __str__(self) -> str:
        return " -> ".join(self.path)
