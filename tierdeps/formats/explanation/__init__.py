"""The load order, with what puts each driver there."""
