"""What is asked of a lifecycle besides its phases: whether it fits them, what it looks up, and whether it works."""
