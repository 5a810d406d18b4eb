"""What all tests share.

``HYPOTHESIS_PROFILE=thorough pytest tests/property`` tries twenty times as many graphs, other ones each time.
"""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.measured import counted

__all__ = ["counted"]

if TYPE_CHECKING:
    from pathlib import Path

settings.register_profile("quick", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.register_profile("mutation", deadline=None, max_examples=2, derandomize=True, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

_numbers = count()


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder in which each test has its own state."""
    return tmp_path_factory.mktemp("states")


@pytest.fixture(autouse=True)
def state(states: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test its own state folder, for the journals, sockets and logs of all that it starts."""
    folder = states / str(next(_numbers))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return folder
