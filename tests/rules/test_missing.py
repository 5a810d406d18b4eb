"""TD103: a required driver or capability that is not there."""

from __future__ import annotations

import pytest

from tests.rules.looking import found, needing
from tierdeps.model import Dependency, Kind, Replace, after, before, conflicts, requires, wants


def test_what_is_required_and_nowhere_is_named_with_who_requires_it() -> None:
    need = requires("secrets", reason="CephX keys")
    (finding,) = found("TD103", needing("storage", need), needing("secret"))
    assert finding.message == "storage requires 'secrets', which is no driver, and which no driver provides"
    assert finding.drivers == ("storage",)
    assert [(item.text, item.origin, item.reason) for item in finding.evidence] == [
        ("storage requires secrets", need.origin, "CephX keys")
    ]


def test_a_misspelt_name_gets_the_nearest_one() -> None:
    (finding,) = found("TD103", needing("storage", requires("secrets")), needing("secret"))
    assert finding.fixes[0].summary.startswith("name 'secret', if that is meant (")
    assert isinstance(finding.fixes[0].change, Replace)
    assert finding.fixes[0].change.replacement.target == "secret"


def test_a_capability_can_be_the_nearest_name() -> None:
    (finding,) = found("TD103", needing("storage", requires("secret-lokup")), needing("s", provides=("secret-lookup",)))
    assert finding.fixes[0].summary.startswith("name 'secret-lookup', if that is meant (")


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    (finding,) = found("TD103", needing("storage", requires("zzz")), needing("secret"))
    assert [fix.summary for fix in finding.fixes] == [
        "install or declare a driver that is named 'zzz' or provides it",
        "if it can do without, declare wants instead of requires",
    ]


def test_wanting_it_instead_is_offered_as_a_change() -> None:
    (finding,) = found("TD103", needing("storage", requires("zzz")))
    change = finding.fixes[-1].change
    assert isinstance(change, Replace)
    assert (change.replacement.kind, change.replacement.target) == (Kind.WANTS, "zzz")


def test_a_driver_does_not_satisfy_its_own_need() -> None:
    (finding,) = found("TD103", needing("a", requires("door"), provides=("door",)))
    assert finding.message == "a requires 'door', which no driver but itself provides"


@pytest.mark.parametrize("dependency", [wants("zzz"), after("zzz"), before("zzz"), conflicts("zzz")])
def test_only_what_is_required_is_missed(dependency: Dependency) -> None:
    assert found("TD103", needing("a", dependency)) == []


def test_what_is_there_is_not_missed_even_if_it_is_disabled() -> None:
    drivers = needing("a", requires("b"), requires("door")), needing("b", provides=("door",))
    assert found("TD103", *drivers, disabled=["b"]) == []
