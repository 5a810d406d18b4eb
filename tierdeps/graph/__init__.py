"""Declarations become a dependency graph: every target resolved, every driver in a tier, the DAG in networkx."""

from tierdeps.graph.declared import DependencyGraph

__all__ = ["DependencyGraph"]
