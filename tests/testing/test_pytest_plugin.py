"""The pytest plugin costs next to nothing where it is not used."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("asyncio", "networkx", "rich", "click", "msgspec", "tierdeps.model", "tierdeps.graph", "tierdeps.errors")


def test_importing_it_imports_no_more_than_the_root_of_the_package() -> None:
    code = "import sys, pytest; before = set(sys.modules); import tierdeps.testing; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {
        "tierdeps",
        "tierdeps._util",
        "tierdeps._util.lazy",
        "tierdeps._util.version",
        "tierdeps.testing",
    }


def test_it_is_registered_for_every_pytest(pytestconfig: pytest.Config) -> None:
    plugin = pytestconfig.pluginmanager.get_plugin("tierdeps")
    assert plugin is not None
    assert plugin.__name__ == "tierdeps.testing"


def test_a_run_that_does_not_use_it_does_not_import_tierdeps(tmp_path: Path) -> None:
    (tmp_path / "test_of_theirs.py").write_text(
        f"import sys\ndef test_theirs(): assert not set({HEAVY[1:]!r}) & set(sys.modules) - {{'rich', 'click'}}\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_can_be_omitted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:tierdeps", "--tierdeps-check"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR


def test_the_types_can_be_named() -> None:
    from tierdeps import testing
    from tierdeps.testing import Conformance, Trial

    assert {Conformance.__name__, Trial.__name__} <= set(testing.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Trail'"):
        _ = testing.Trail
