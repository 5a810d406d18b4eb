"""Drivers that are processes: begun in sessions of their own, watched, stopped, and never orphaned."""
