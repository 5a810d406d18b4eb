"""The picture of a graph."""
