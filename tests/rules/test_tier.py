"""TD108: a tier that nobody declares, or tiers that come after each other."""

from __future__ import annotations

from tests.rules.looking import CORE_APP, by, found, needing
from tierdeps.model import Driver, Move, Origin, Tier, Unorder, requires


def test_for_an_undeclared_tier_the_nearest_one_is_suggested() -> None:
    (finding,) = found("TD108", needing("qemu", tier="cor"), tiers=CORE_APP)
    assert finding.message == "qemu is in tier 'cor', which is not declared; did you mean 'core'?"
    assert finding.drivers == ("qemu",)
    assert finding.origins == (by("qemu"),)
    assert [(fix.summary, fix.change) for fix in finding.fixes] == [
        ("correct the name to 'core', if that is meant, in acme 1.2, qemu.py:1", Move("qemu", "core")),
        ("use a tier that is declared: app, core", None),
        ("declare it: Tier('cor')", None),
    ]
    assert finding.fixes[0].proof == "verified: the whole graph then has a start order"


def test_in_a_graph_file_the_key_is_named_and_so_is_the_list() -> None:
    driver = Driver("qemu", "cor", origin=Origin("graph.toml", 5, "drivers.qemu"))
    (finding,) = found("TD108", driver, tiers=CORE_APP)
    assert [fix.summary for fix in finding.fixes] == [
        "correct the name to 'core', if that is meant, in drivers.qemu.tier (graph.toml:5)",
        "use a tier that is declared: app, core",
        'declare it: put "cor" into order, in [tiers] of graph.toml',
    ]


def test_a_tier_that_is_near_but_would_be_an_inversion_says_so() -> None:
    drivers = needing("a", requires("b"), tier="cor"), needing("b", tier="app")
    (finding,) = found("TD108", *drivers, tiers=CORE_APP)
    fix = finding.fixes[0]
    assert (fix.change, fix.proof) == (
        None,
        "tried, but not enough by itself: a of the tier core then needs b of the later tier app",
    )


def test_a_tier_without_any_declared_is_unknown() -> None:
    (finding,) = found("TD108", needing("qemu", tier="core"))
    assert finding.fixes[0].summary == "declare it: Tier('core'); no tier is declared"


def test_an_undeclared_tier_that_is_put_in_order_is_named_with_who_does_it() -> None:
    where = Origin("tiers.py", 3)
    (finding,) = found("TD108", tiers=(Tier("core", after=("boot",), origin=where),))
    assert finding.message == "the tier 'boot' is in an order of tiers, but is not declared"
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
        "remove the order of app after core, declared in other, b.py:2",
        "remove the order of core after app, declared in acme, a.py:1",
    ]
    assert [fix.change for fix in finding.fixes] == [Unorder("core", "app"), Unorder("app", "core")]
    assert {fix.proof for fix in finding.fixes} == {"verified: the whole graph then has a start order"}


def test_an_order_that_several_declare_is_removed_with_all_of_them() -> None:
    one, two, three = (Origin(f"{name}.py", 1) for name in ("one", "two", "three"))
    tiers = (
        Tier("core", after=("app",), origin=one),
        Tier("app", before=("core",), origin=two),
        Tier("app", after=("core",), origin=three),
    )
    (finding,) = found("TD108", tiers=tiers)
    assert [item.origin for item in finding.evidence] == [three, one, two]
    assert "remove the order of core after app, declared in one.py:1 and two.py:1" in [
        fix.summary for fix in finding.fixes
    ]


def test_an_order_of_tiers_whose_removal_turns_dependencies_around_is_no_fix() -> None:
    drivers = needing("a", tier="app"), needing("b", requires("a"), tier="core")
    tiers = (Tier("core", after=("app",)), Tier("app", after=("core",)))
    (finding,) = found("TD108", *drivers, tiers=tiers)
    assert [(fix.change, fix.proof) for fix in finding.fixes] == [
        (Unorder("core", "app"), "verified: the whole graph then has a start order"),
        (None, "tried, but not enough by itself: b of the tier core then needs a of the later tier app"),
    ]


def test_where_another_way_round_is_left_removing_one_order_is_still_a_step() -> None:
    tiers = (Tier("a", after=("c",)), Tier("b", after=("a",)), Tier("c", after=("b", "a")))
    (finding,) = found("TD108", tiers=tiers)
    assert finding.message == "tiers come after each other in a cycle: a -> c -> a"
    changes = {fix.change: fix.proof for fix in finding.fixes}
    assert changes[Unorder("c", "a")] == "verified: the whole graph then has a start order"
    assert Unorder("a", "c") not in changes


def test_declared_tiers_in_an_order_are_fine() -> None:
    assert found("TD108", needing("a", tier="core"), needing("b", tier="app"), needing("c"), tiers=CORE_APP) == []
    assert found("TD108", needing("a")) == []


def test_of_many_declared_tiers_only_the_first_ones_are_listed() -> None:
    tiers = tuple(Tier(f"t{number:02}") for number in range(12))
    (finding,) = found("TD108", needing("qemu", tier="elsewhere"), tiers=tiers)
    listed = ", ".join(f"t{number:02}" for number in range(10))
    assert finding.fixes[0].summary == f"use a tier that is declared: {listed} and 2 more"
