"""Drivers that are processes: started in sessions of their own, supervised, stopped, and never orphaned."""
