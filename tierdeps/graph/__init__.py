"""Declarations become a dependency graph, and the graph collapses into a plan.

``resolve`` finds out what the target of a dependency is, ``targets`` those of all drivers at once, ``tiers`` which tier
each driver belongs to, ``graph`` has the graph itself, ``declared`` what it says of its declarations, ``activity``
which drivers are active, ``active`` the graph of these, ``collapse`` makes the plan, ``view`` what there is to draw.
``bulk`` is the same graph for very many drivers.
"""

from typing import TYPE_CHECKING

from tierdeps._util.lazy import lazily

if TYPE_CHECKING:
    from tierdeps.graph.errors import CycleError as CycleError, GraphError as GraphError
    from tierdeps.graph.graph import DependencyGraph as DependencyGraph
else:
    __all__, __getattr__, __dir__ = lazily(
        __name__, {"errors": ("CycleError", "GraphError"), "graph": ("DependencyGraph",)}
    )
