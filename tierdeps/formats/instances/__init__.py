"""The last run of each instance."""
