"""The cycles of a graph: a shortest one of each component, and which dependencies to remove so that none is left.

A component here is a strongly connected component of steps: each of its steps is needed, over some path, by every
other. ``find`` finds components and their shortest cycles. ``feedback_arcs`` computes the smallest set of dependencies
whose removal leaves a component without a cycle, known as the minimum feedback arc set: ``exact`` for small components
(a ``hitting_set`` of their cycles), ``approximate`` for large ones, where the problem is NP-hard: a ``start_order`` of
the steps is improved by ``resort`` and ``sift`` in turns, and the set that follows from it by ``minimalize`` and
``substitute``.
"""
