"""What changed between two graphs."""
