"""Finds dependencies that nobody declared, by starting the drivers of a plan in other legal orders."""
