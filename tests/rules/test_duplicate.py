"""TD105: two drivers of one name."""

from __future__ import annotations

from tests.rules.looking import found, needing
from tierdeps.model import Driver, Origin


def test_all_that_declare_it_are_named_and_can_be_omitted() -> None:
    one = Driver("a", origin=Origin("a.py", 1, distribution="acme"))
    other = Driver("a", origin=Origin("b.py", 2, distribution="other"))
    (finding,) = found("TD105", other, one, needing("b"))
    assert finding.message == "2 drivers are named 'a'"
    assert finding.origins == (one.origin, other.origin)
    assert [fix.summary for fix in finding.fixes] == [
        "load only one of them: --block acme",
        "load only one of them: --block other",
        "give one of them another name, or remove it: in acme, a.py:1 or in other, b.py:2",
    ]


def test_in_graph_files_both_places_are_named() -> None:
    drivers = [Driver("a", origin=Origin(f"{name}.toml", 3, "drivers.a")) for name in ("one", "two")]
    (finding,) = found("TD105", *drivers)
    assert [fix.summary for fix in finding.fixes] == [
        "give one of them another name, or remove it: in drivers.a (one.toml:3) or in drivers.a (two.toml:3)",
        "let the later GRAPH override it: override = true in its table",
    ]


def test_one_distribution_is_not_advised_to_block_itself() -> None:
    (finding,) = found("TD105", needing("a"), needing("a"))
    assert [fix.summary for fix in finding.fixes] == [
        "give one of them another name, or remove it: in acme 1.2, a.py:1"
    ]


def test_a_driver_and_a_capability_may_have_one_name() -> None:
    assert found("TD105", needing("a"), needing("b", provides=("a",))) == []
