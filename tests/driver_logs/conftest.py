"""A run's logs in a folder of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tierdeps.driver_logs.folders import run_folder
from tierdeps.driver_logs.writer import LogWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = run_folder("/srv/shop.toml", 1_764_496_386.5, 4711)


class Writers(Protocol):
    """Makes a writer, whose logs are limited to so many bytes for each driver."""

    def __call__(self, limit: int = 1 << 20, name: str = RUN) -> LogWriter: ...


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the state folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "tierdeps"


@pytest.fixture
def writers() -> Iterator[Writers]:
    """Make writers that end with the test."""
    made: list[LogWriter] = []

    def make(limit: int = 1 << 20, name: str = RUN) -> LogWriter:
        made.append(LogWriter(name, limit))
        return made[-1]

    yield make
    for one in made:
        one.close(5)
