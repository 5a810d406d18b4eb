"""The formats of a difference between two graphs."""
