"""TD202: tiers without an order between them."""

from __future__ import annotations

from tests.rules.looking import CORE_APP, found, needing
from tierdeps.model import Origin, Tier


def test_two_tiers_that_only_names_order_are_reported_with_who_declares_them() -> None:
    one, other = Origin("a.py", 1, distribution="acme"), Origin("b.py", 2, distribution="other")
    (finding,) = found("TD202", needing("a", tier="net"), tiers=(Tier("net", origin=one), Tier("core", origin=other)))
    assert finding.message == "the order of the tiers core and net is not declared; by name, core comes first"
    assert [(item.text, item.origin) for item in finding.evidence] == [
        ("the tier core is declared", other),
        ("the tier net is declared", one),
    ]
    assert finding.fixes[0].summary == "declare their order: Tier('net', after=('core',)), or the other way round"
    assert finding.subject == ("core", "net")


def test_each_pair_of_neighbours_is_reported() -> None:
    tiers = (Tier("a"), Tier("b"), Tier("c"), Tier("d", after=("c",)))
    assert [finding.subject for finding in found("TD202", tiers=tiers)] == [("a", "b"), ("b", "c")]


def test_tiers_in_a_declared_order_are_fine() -> None:
    assert found("TD202", tiers=CORE_APP) == []
    assert found("TD202", tiers=(Tier("a"),)) == []
    assert found("TD202") == []


def test_an_order_over_a_third_tier_is_one() -> None:
    tiers = (Tier("a"), Tier("m", after=("a",)), Tier("z", after=("m",)), Tier("y", after=("z",)))
    assert found("TD202", tiers=tiers) == []


def test_tiers_of_a_graph_file_are_put_in_order_there() -> None:
    tiers = [
        Tier(name, origin=Origin("graph.toml", 2, f"tiers.declare[{n}]")) for n, name in enumerate(("core", "net"))
    ]
    (finding,) = found("TD202", tiers=tiers)
    assert [fix.summary for fix in finding.fixes] == [
        'declare their order: "core" and "net" in order, the earlier one first, in [tiers] of graph.toml'
    ]


def test_tiers_of_plugins_are_put_in_order_there_alone() -> None:
    (finding,) = found("TD202", tiers=(Tier("core"), Tier("net")))
    assert [fix.summary for fix in finding.fixes] == [
        "declare their order: Tier('net', after=('core',)), or the other way round"
    ]
