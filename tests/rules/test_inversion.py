"""TD102: a dependency on a driver of a later tier."""

from __future__ import annotations

from tests.rules.looking import CORE_APP, by, found, needing
from tierdeps.model import Finding, Tier, after, before, requires, wants


def only(*findings: Finding) -> Finding:
    (finding,) = findings
    return finding


def test_both_declarations_and_both_tiers_are_named() -> None:
    need = requires("qemu", reason="CephX keys")
    finding = only(*found("TD102", needing("storage", need, tier="core"), needing("qemu", tier="app"), tiers=CORE_APP))
    assert finding.message == "storage in tier core needs qemu, which starts in the later tier app"
    assert finding.drivers == ("storage", "qemu")
    assert [item.text for item in finding.evidence] == [
        "storage requires qemu",
        "storage is in tier core",
        "qemu is in tier app",
    ]
    assert finding.origins == (need.origin, by("storage"), by("qemu"))


def test_a_driver_without_a_tier_says_what_puts_it_there() -> None:
    finding = only(
        *found(
            "TD102",
            needing("storage", requires("qemu"), tier="core"),
            needing("qemu", requires("kvm")),
            needing("kvm", tier="app"),
            tiers=CORE_APP,
        )
    )
    place = finding.evidence[2]
    assert (place.text, place.reason) == ("qemu is in tier app", "it names no tier, and needs kvm")


def test_a_driver_of_a_misspelt_tier_is_not_said_to_name_none() -> None:
    drivers = (
        needing("storage", requires("qemu"), tier="core"),
        needing("qemu", requires("kvm"), tier="ap"),
        needing("kvm", tier="app"),
    )
    finding = only(*found("TD102", *drivers, tiers=CORE_APP))
    assert finding.evidence[2].reason == "it names the tier ap, which is not declared, and needs kvm"


def test_a_fact_that_it_depends_on_is_reported() -> None:
    drivers = needing("a", requires("b", when="pool.auth"), tier="core"), needing("b", tier="app")
    finding = only(*found("TD102", *drivers, tiers=CORE_APP, facts={"pool.auth": True}))
    assert finding.message.endswith("which starts in the later tier app, only when pool.auth")
    assert found("TD102", *drivers, tiers=CORE_APP) == []


def test_every_kind_of_order_can_be_inverted() -> None:
    drivers = (
        needing("a", wants("z"), tier="core"),
        needing("b", after("z"), tier="core"),
        needing("y", before("c"), tier="app"),
        needing("c", tier="core"),
        needing("z", tier="app"),
    )
    assert [finding.drivers for finding in found("TD102", *drivers, tiers=CORE_APP)] == [
        ("a", "z"),
        ("b", "z"),
        ("c", "y"),
    ]


def test_it_offers_to_move_a_driver_or_to_do_without() -> None:
    finding = only(*found("TD102", needing("a", requires("b"), tier="core"), needing("b", tier="app"), tiers=CORE_APP))
    *moves, doing_without = [fix.summary for fix in finding.fixes]
    assert moves == ["move a from the tier core to app", "move b from the tier app to core"]
    assert doing_without.startswith("remove the dependency: a requires b (")


def test_needing_something_of_an_earlier_or_the_same_tier_is_no_inversion() -> None:
    drivers = (
        needing("a", requires("b"), requires("c"), tier="app"),
        needing("b", tier="app"),
        needing("c", tier="core"),
    )
    assert found("TD102", *drivers, tiers=CORE_APP) == []


def test_a_cycle_across_a_barrier_is_an_inversion_and_a_barrier_alone_is_no_edge() -> None:
    drivers = needing("a", requires("b"), tier="core"), needing("b", tier="app")
    assert found("TD101", *drivers, tiers=CORE_APP) == []
    tiers = (Tier("core"), Tier("app", after=("core",)))
    closed = needing("a", requires("b"), tier="core"), needing("b", requires("a"), tier="app")
    assert len(found("TD101", *closed, tiers=tiers)) == len(found("TD102", *closed, tiers=tiers)) == 1
