"""``tierdeps ui``: a running instance in a terminal, with its drivers, their logs and the timeline of its start."""
