"""TD303: known only while drivers run."""

from __future__ import annotations

from tests.rules.looking import RULES, found, needing
from tierdeps.model import requires


def test_no_graph_shows_it() -> None:
    assert found("TD303", needing("a", requires("b")), needing("b")) == []


def test_it_can_be_explained() -> None:
    assert "UndeclaredDependency" in RULES["TD303"].meaning
