"""Loads the extensions of the documentation, which are no package."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tests.docs.conftest import ROOT

if TYPE_CHECKING:
    from types import ModuleType


def load(name: str) -> ModuleType:
    """Import an extension by its name; the test is skipped where the documentation cannot be built."""
    for needed in ("sphinx_click", "sphinx_design", "sphinx_copybutton"):
        pytest.importorskip(needed, reason="the documentation is built with the extra docs")
    folder = str(ROOT / "docs" / "_ext")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return import_module(name)
