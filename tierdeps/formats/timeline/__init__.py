"""The formats of a timeline: how a run started."""
