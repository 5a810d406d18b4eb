"""A run as a picture: tiers as bands, phases as bars, the critical chain marked."""

from __future__ import annotations

from tierdeps.timeline.make import timeline_of
from tierdeps.timeline.value import Band, Bar, Link, Result, Row, Timeline, Why

__all__ = ["Band", "Bar", "Link", "Result", "Row", "Timeline", "Why", "timeline_of"]
