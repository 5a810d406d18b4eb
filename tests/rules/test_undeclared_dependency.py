"""TD305: known only from runs."""

from __future__ import annotations

from tests.rules.looking import RULES, found, needing
from tierdeps.model import requires


def test_no_graph_shows_it() -> None:
    assert found("TD305", needing("a", requires("b")), needing("b")) == []


def test_it_can_be_explained_and_runs_only_on_request() -> None:
    assert "tierdeps shake" in RULES["TD305"].meaning
    assert RULES["TD305"].on_request, "so that check takes no entry of a baseline for stale"
