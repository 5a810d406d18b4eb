"""What these tests start counts for coverage."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _counted(counted: None) -> None:
    """Count it, in all of these tests."""
