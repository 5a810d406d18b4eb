"""What became of the plugins."""
