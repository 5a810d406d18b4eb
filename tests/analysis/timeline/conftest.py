"""Runs on a virtual clock become pictures."""

from __future__ import annotations

from tests.journal.conftest import Stage, stage

__all__ = ["Stage", "stage"]
