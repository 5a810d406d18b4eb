"""Coverage of the programs that tests start.

Counting makes a short command take half as long again. So it is done for tests that request ``counted`` alone, which
are those of what takes place in processes of its own, and there for the first case of each test.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: What coverage looks for when Python starts, and where it then puts what it counted.
SETTINGS, DATA = "COVERAGE_PROCESS_START", "COVERAGE_FILE"


@pytest.fixture
def counted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count what the programs do that the test starts, if pytest measures coverage."""
    if request.config.getoption("cov_source", None) and is_first_case(request.node):
        monkeypatch.setenv(SETTINGS, str(ROOT / "setup.cfg"))
        monkeypatch.setenv(DATA, str(ROOT / ".coverage"))


def is_first_case(item: pytest.Item) -> bool:
    """Return whether a test has no parameters, or the first value of each."""
    case = getattr(item, "callspec", None)
    return case is None or not any(case.indices.values())
