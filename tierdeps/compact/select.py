"""Which implementation of the kernels runs: numpy's where it is installed and the graph is large enough."""

from __future__ import annotations

from sys import modules
from typing import TYPE_CHECKING, Protocol

from tierdeps.compact import kernels

if TYPE_CHECKING:
    from array import array
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tierdeps.compact.adjacency import Adjacency
    from tierdeps.compact.kernels import Generations

#: Below so many edges, importing numpy costs more than it saves.
MIN_NUMPY_EDGES = 1 << 18
#: The same where something else has imported it.
MIN_EDGES_IF_IMPORTED = 1 << 16


class Kernels(Protocol):
    """What both modules of kernels offer. For the same input both return equal arrays; tests hold them to it."""

    def intern_names(self, names: Sequence[str], lists: Iterable[Collection[str]]) -> tuple[array[int], list[str]]:
        """Return the index of each listed name, and the listed names that are not among ``names``."""

    def sorted_adjacency(self, requirements: Mapping[str, Collection[str]]) -> tuple[list[str], Adjacency, list[str]]:
        """Return names sorted, what each of them requires, and the required names that are not among them."""

    def nodes_with_parallel_edges(self, adjacency: Adjacency) -> list[int]:
        """Return the nodes that have a neighbour twice."""

    def transpose(self, adjacency: Adjacency) -> Adjacency:
        """Return the same edges in the other direction."""

    def permuted(self, adjacency: Adjacency, order: array[int], new_index: array[int]) -> Adjacency:
        """Return the same graph with its nodes in another order."""

    def generations(self, predecessors: Adjacency) -> Generations:
        """Return the topological generations."""


def select_kernels(edge_count: int) -> Kernels:
    """Return the module of kernels for a graph of so many edges."""
    if edge_count < (MIN_EDGES_IF_IMPORTED if "numpy" in modules else MIN_NUMPY_EDGES):
        return kernels
    try:
        from tierdeps.compact import kernels_numpy
    except ImportError:  # numpy is optional: the extra [scale]
        return kernels
    return kernels_numpy
