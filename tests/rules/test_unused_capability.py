"""TD203: a capability that nobody depends on."""

from __future__ import annotations

import pytest

from tests.rules.looking import by, found, needing
from tierdeps.model import Dependency, after, before, conflicts, requires, wants


def test_a_capability_that_nobody_may_provide_is_named_with_its_providers() -> None:
    (finding,) = found("TD203", needing("secret", provides=("secret-lookup",)), needing("storage"))
    assert finding.message == "no other driver depends on 'secret-lookup', which secret provides"
    assert (finding.drivers, finding.origins) == (("secret",), (by("secret"),))
    assert [fix.summary for fix in finding.fixes] == ["remove 'secret-lookup' from provides of secret"]


def test_several_unusable_providers_are_one_finding() -> None:
    (finding,) = found("TD203", needing("a", provides=("door",)), needing("b", provides=("door",)))
    assert finding.message == "no other driver depends on 'door', which a and b provide"
    assert finding.drivers == ("a", "b")


def test_a_driver_of_the_same_name_takes_it_all() -> None:
    drivers = needing("a", requires("door")), needing("b", provides=("door",)), needing("door")
    (finding,) = found("TD203", *drivers)
    assert finding.message == (
        "no other driver depends on 'door', which b provides; the name 'door' refers to the driver of that name"
    )


def test_providing_what_one_needs_does_not_help() -> None:
    assert len(found("TD203", needing("a", wants("door"), provides=("door",)))) == 1


@pytest.mark.parametrize(
    "dependency",
    [requires("door"), wants("door"), after("door"), before("door"), conflicts("door"), requires("door:start")],
)
def test_whoever_depends_on_it_uses_it(dependency: Dependency) -> None:
    assert found("TD203", needing("a", dependency), needing("b", provides=("door",))) == []


def test_a_use_under_a_fact_that_does_not_hold_is_one() -> None:
    assert found("TD203", needing("a", requires("door", when="hot")), needing("b", provides=("door",))) == []


def test_a_use_by_another_provider_is_one() -> None:
    drivers = needing("a", requires("door"), provides=("door",)), needing("b", provides=("door",))
    assert found("TD203", *drivers) == []
