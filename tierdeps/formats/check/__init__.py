"""What the rules say of a graph."""
