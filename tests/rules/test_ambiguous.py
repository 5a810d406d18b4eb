"""TD104: a capability with several providers, and none chosen."""

from __future__ import annotations

import pytest

from tests.rules.looking import by, found, needing
from tierdeps.model import Choose, Dependency, after, before, conflicts, requires, wants

PROVIDERS = needing("p", provides=("door",)), needing("q", provides=("door",))


@pytest.mark.parametrize("need", [requires("door"), wants("door")])
def test_the_providers_are_named_and_each_can_be_chosen(need: Dependency) -> None:
    (finding,) = found("TD104", needing("a", need), *PROVIDERS)
    assert finding.message == f"a {need.kind} 'door', which 2 drivers provide: p, q; none is chosen"
    assert finding.drivers == ("a", "p", "q")
    assert finding.origins == (need.origin, by("p"), by("q"))
    assert [fix.change for fix in finding.fixes] == [Choose("door", "p"), Choose("door", "q")]
    assert finding.fixes[0].summary == 'choose p, in the settings: [choose] "door" = "p"'


def test_a_choice_settles_it() -> None:
    assert found("TD104", needing("a", requires("door")), *PROVIDERS, choices={"door": "q"}) == []


def test_a_choice_that_cannot_be_is_ambiguous_still() -> None:
    (finding,) = found("TD104", needing("a", requires("door")), *PROVIDERS, choices={"door": "a"})
    assert finding.message == ("a requires 'door', which the settings choose 'a' for, but only p and q can provide it")


def test_one_provider_is_enough() -> None:
    assert found("TD104", needing("a", requires("door")), PROVIDERS[0]) == []
    assert found("TD104", needing("a", requires("door"), provides=("door",)), PROVIDERS[0]) == []


@pytest.mark.parametrize("dependency", [after("door"), before("door"), conflicts("door")])
def test_what_applies_to_all_providers_needs_no_choice(dependency: Dependency) -> None:
    assert found("TD104", needing("a", dependency), *PROVIDERS) == []
