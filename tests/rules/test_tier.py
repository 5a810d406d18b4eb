"""TD108: a tier that nobody declares, or tiers that come after each other."""

from __future__ import annotations

from tests.rules.looking import CORE_APP, by, found, needing
from tierdeps.model import Origin, Tier


def test_a_driver_of_an_undeclared_tier_is_told_the_nearest_one() -> None:
    (finding,) = found("TD108", needing("qemu", tier="cor"), tiers=CORE_APP)
    assert finding.message == "qemu is of the tier 'cor', which nobody declares; did you mean 'core'?"
    assert finding.drivers == ("qemu",)
    assert finding.origins == (by("qemu"),)
    assert [fix.summary for fix in finding.fixes] == ["name one that is declared: app, core"]


def test_a_tier_without_any_declared_is_unknown() -> None:
    (finding,) = found("TD108", needing("qemu", tier="core"))
    assert finding.fixes[0].summary == "declare it: no tier is declared"


def test_an_undeclared_tier_that_is_put_in_order_is_named_with_who_does_it() -> None:
    where = Origin("tiers.py", 3)
    (finding,) = found("TD108", tiers=(Tier("core", after=("boot",), origin=where),))
    assert finding.message == "the tier 'boot' is put in order, but nobody declares it"
    assert [(item.text, item.origin) for item in finding.evidence] == [("the tier core comes after boot", where)]


def test_a_cycle_among_tiers_is_explained_edge_by_edge() -> None:
    one, other = Origin("a.py", 1, distribution="acme"), Origin("b.py", 2, distribution="other")
    (finding,) = found(
        "TD108", tiers=(Tier("core", after=("app",), origin=one), Tier("app", after=("core",), origin=other))
    )
    assert finding.message == "tiers come after each other in a cycle: app -> core -> app"
    assert [(item.text, item.origin) for item in finding.evidence] == [
        ("the tier app comes after core", other),
        ("the tier core comes after app", one),
    ]
    assert [fix.summary for fix in finding.fixes] == [
        "take away that the tier app comes after core, said by other, b.py:2",
        "take away that the tier core comes after app, said by acme, a.py:1",
    ]


def test_declared_tiers_in_an_order_are_fine() -> None:
    assert found("TD108", needing("a", tier="core"), needing("b", tier="app"), needing("c"), tiers=CORE_APP) == []
    assert found("TD108", needing("a")) == []
