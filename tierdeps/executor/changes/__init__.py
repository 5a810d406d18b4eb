"""What changes a run that is up, on request: a reload of the whole plan, and actions on single drivers."""
