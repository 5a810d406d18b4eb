"""The lightest feedback arc set of a component of some hundred dependencies, by an integer program.

As in ``exact``, cycles are generated as needed; the set that hits them is found by HiGHS, where it is installed: the
extra ``optimal``. Work is limited in rounds and in nodes of the search and not in seconds, so that the answer does not
depend on the machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tierdeps.cycles.exact import cycles_left
from tierdeps.cycles.hitting_set import bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tierdeps.cycles.component import Component
    from tierdeps.cycles.hitting_set import Mask

#: So many times the set is found that hits all known cycles, and those that are left are added to them.
MAX_ROUNDS = 60
#: So many nodes may be searched in one round; if that is not enough, the set may not be the lightest.
MAX_NODES = 200
#: No round starts after so many iterations of the simplex method in the rounds before: about a second.
MAX_ITERATIONS = 2_500
#: A variable above it is 1; the solver's numbers are not exact.
HALF = 0.5


class Solver(Protocol):
    """Finds the lightest set that hits each of many sets."""

    def hit(self, sets: Iterable[Mask]) -> Mask | None:
        """Add sets; return the lightest one that hits all of them, or None where that takes too much work."""


def optimal_feedback_arcs(component: Component) -> list[int] | None:
    """Return the dependencies of the lightest feedback arc set; None without HiGHS, or where it takes too much work."""
    try:
        solver: Solver = _Highs(component.weights)
    except ImportError:  # it is optional: the extra [optimal]
        return None
    return lightest_by(solver, component)


def lightest_by(solver: Solver, component: Component) -> list[int] | None:
    """Return the dependencies of the lightest feedback arc set that a solver finds."""
    known: set[Mask] = set()
    chosen: Mask = 0
    for _ in range(MAX_ROUNDS):
        found = cycles_left(component, chosen)
        if not found:
            return [dependency.bit_length() - 1 for dependency in bits(chosen)]
        new = found - known
        hitting = solver.hit(sorted(new)) if new else None  # else the solver has left a cycle that it knows
        if hitting is None:
            return None
        known |= new
        chosen = hitting
    return None


class _Highs:
    """An integer program with a variable for each dependency and a row for each cycle."""

    def __init__(self, weights: Sequence[int]) -> None:
        import highspy

        class Silent(highspy.Highs):  # type: ignore[misc]  # it has no types
            """Prints nothing: its constructor would print which version it is, to our own output."""

            def enableCallbacks(self) -> None:  # noqa: N802  its name
                self.setOptionValue("output_flag", False)
                super().enableCallbacks()

        self._is_optimal = highspy.HighsModelStatus.kOptimal
        self._iterations_left = MAX_ITERATIONS
        self._model = Silent()
        options = {
            "output_flag": False,
            "threads": 1,
            "random_seed": 0,
            "mip_rel_gap": 0.0,
            "mip_abs_gap": 0.5,  # weights are integers
            "mip_max_nodes": MAX_NODES,
        }
        for name, value in options.items():
            self._model.setOptionValue(name, value)
        self._size = len(weights)
        for index, weight in enumerate(weights):
            self._model.addVar(0.0, 1.0)
            self._model.changeColCost(index, float(weight))
            self._model.changeColIntegrality(index, highspy.HighsVarType.kInteger)

    def hit(self, sets: Iterable[Mask]) -> Mask | None:
        """Add sets; return the lightest one that hits all of them, or None where that takes too much work."""
        for cycle in sets:
            indices = [dependency.bit_length() - 1 for dependency in bits(cycle)]
            self._model.addRow(1.0, float(len(indices)), len(indices), indices, [1.0] * len(indices))
        if self._iterations_left < 0:
            return None
        self._model.run()
        self._iterations_left -= self._model.getInfo().simplex_iteration_count
        if self._model.getModelStatus() != self._is_optimal:
            return None
        values = self._model.getSolution().col_value
        return sum(1 << index for index in range(self._size) if values[index] > HALF)
