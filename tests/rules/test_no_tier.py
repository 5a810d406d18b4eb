"""TD204: a driver that names no tier, in a graph with tiers."""

from __future__ import annotations

from tests.rules.looking import CORE_APP, by, found, needing
from tierdeps.model import Move, requires


def test_a_driver_without_a_tier_is_told_where_it_is_and_why() -> None:
    (finding,) = found("TD204", needing("a", requires("b")), needing("b", tier="app"), tiers=CORE_APP)
    assert finding.message == "a names no tier; it is put into app"
    assert [(item.text, item.origin, item.reason) for item in finding.evidence] == [
        ("a belongs to the tier app", by("a"), "it needs b")
    ]
    assert [(fix.summary, fix.change) for fix in finding.fixes] == [
        ("name the tier that is meant; where it is now: tier = 'app'", Move("a", "app"))
    ]


def test_a_driver_that_needs_nothing_later_is_put_into_the_first() -> None:
    (finding,) = found("TD204", needing("a"), tiers=CORE_APP)
    assert finding.message == "a names no tier; it is put into core"
    assert finding.evidence[0].reason == "it needs nothing of a later one"


def test_who_names_a_tier_is_fine_even_an_unknown_one() -> None:
    assert found("TD204", needing("a", tier="core"), needing("b", tier="ghost"), tiers=CORE_APP) == []


def test_without_tiers_nobody_needs_one() -> None:
    assert found("TD204", needing("a"), needing("b")) == []
