"""What many virtual restarts came to."""
