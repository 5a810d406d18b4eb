"""What took longest in a start."""
