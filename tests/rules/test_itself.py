"""TD109: a driver that needs itself."""

from __future__ import annotations

import pytest

from tests.rules.looking import found, needing
from tierdeps.model import Dependency, Drop, after, before, conflicts, requires, wants


@pytest.mark.parametrize("need", [requires("a"), wants("a"), after("a"), before("a"), requires("a:start")])
def test_a_driver_that_needs_itself_is_advised_not_to(need: Dependency) -> None:
    (finding,) = found("TD109", needing("a", need))
    assert finding.message == f"a is declared to depend on itself ({need.kind} {need.target!r})"
    assert (finding.drivers, finding.origins) == (("a",), (need.origin,))
    assert [fix.change for fix in finding.fixes] == [Drop("a", need)]


def test_a_driver_does_not_satisfy_its_own_need() -> None:
    mine = needing("a", requires("door"), conflicts("a"), provides=("door",))
    assert found("TD109", mine, needing("b", provides=("door",))) == []
