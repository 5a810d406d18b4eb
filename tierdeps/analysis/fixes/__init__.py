"""Fixes that are computed: each is applied to the declarations, and offered with what was seen to hold then."""
