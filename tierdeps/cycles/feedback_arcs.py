"""The smallest set of dependencies whose removal leaves a component without a cycle (minimum feedback arc set)."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.cycles.approximate import is_large, light_feedback_arcs
from tierdeps.cycles.component import declared
from tierdeps.cycles.dependencies import Dependencies
from tierdeps.cycles.exact import equal_feedback_arcs, lightest_feedback_arcs
from tierdeps.cycles.optimal import optimal_feedback_arcs
from tierdeps.cycles.preference import exact_weights, nameless_weights, plain_weights, preference

if TYPE_CHECKING:
    from tierdeps.cycles.component import StepEdges
    from tierdeps.cycles.preference import DependentCount
    from tierdeps.model import Edge

#: For components of up to so many dependencies the answer is exact.
MAX_EXACT_DEPENDENCIES = 40
#: Up to so many, it is where HiGHS is installed and does not take too much work.
MAX_OPTIMAL_DEPENDENCIES = 300
#: Of more, those of drivers that few others need are not preferred to others any more.
MAX_DEPENDENCIES_SORTED = 20_000
#: The maximal number of equally small sets that are named, the preferred one included.
MAX_SETS_NAMED = 3


class FeedbackArcs(Value):
    """The preferred set, one edge for each dependency to remove, and the next few sets of the same size.

    ``exact`` is false where a smaller set may exist. ``equal_count`` is how many sets of this size were found;
    ``all_counted`` says that there are no others. ``quick`` says that there was little search, as the component is
    large: some of the dependencies may be unnecessary.
    """

    edges: tuple[Edge, ...]
    exact: bool
    others: tuple[tuple[Edge, ...], ...] = ()
    equal_count: int = 1
    all_counted: bool = False
    quick: bool = False


def smallest_feedback_arcs(step_edges: StepEdges, dependent_count: DependentCount) -> FeedbackArcs:
    """Return which dependencies to remove; ``dependent_count`` returns how many drivers need a driver.

    Among the smallest sets, one with more soft dependencies (not ``requires``) is preferred, then one with more
    conditional ones, then one of drivers that fewer others need, and only then one by name.
    """
    if (cycle := _single_cycle(step_edges)) is not None:
        # each step is the dependent of one edge, so its name is all that is needed to break ties
        best, *others = nsmallest(
            MAX_SETS_NAMED, cycle, key=lambda edge: (preference(edge, dependent_count), edge.dependent)
        )
        return FeedbackArcs((best,), True, tuple((edge,) for edge in others), len(cycle), True)
    dependencies = Dependencies(step_edges)
    count = len(dependencies.first)
    if count <= MAX_EXACT_DEPENDENCIES:
        return _exact(dependencies, dependent_count)
    if count > MAX_DEPENDENCIES_SORTED:
        return _approximate(dependencies)
    dependencies.sort(lambda edge: preference(edge, dependent_count))
    if count <= MAX_OPTIMAL_DEPENDENCIES:
        weights = nameless_weights(dependencies.first, dependent_count)
        optimal = optimal_feedback_arcs(dependencies.component(weights))
        if optimal is not None:
            return FeedbackArcs(dependencies.edges(optimal), True)
    return _approximate(dependencies)


def _exact(dependencies: Dependencies, dependent_count: DependentCount) -> FeedbackArcs:
    component = dependencies.component(exact_weights(dependencies.first, dependent_count))
    chosen = sorted(lightest_feedback_arcs(component))
    equal = equal_feedback_arcs(component, len(chosen))
    others = [found for found in equal.sets if list(found) != chosen]
    named = tuple(dependencies.edges(found) for found in others[: MAX_SETS_NAMED - 1])
    return FeedbackArcs(dependencies.edges(chosen), True, named, len(others) + 1, equal.complete)


def _approximate(dependencies: Dependencies) -> FeedbackArcs:
    component = dependencies.component(plain_weights(dependencies.first))
    chosen = light_feedback_arcs(component)
    is_one = len(chosen) == 1
    return FeedbackArcs(dependencies.edges(chosen), is_one, quick=not is_one and is_large(component))


def _single_cycle(step_edges: StepEdges) -> list[Edge] | None:
    """Return the dependencies of a component that is one cycle, as most are; None where it is more than that.

    Each step must be needed by one other alone, over one dependency that makes no second edge.
    """
    if len({needed for _, needed in step_edges}) < len(step_edges):
        return None
    edges = [edge for group in step_edges.values() for edge in group]
    if len(set(map(declared, edges))) < len(edges) or any(len(group) > 1 for group in step_edges.values()):
        return None
    return edges
