"""The load order."""
