"""TD105: two drivers of one name."""

from __future__ import annotations

from tests.rules.looking import found, needing
from tierdeps.model import Driver, Origin


def test_all_that_declare_it_are_named_and_can_be_left_out() -> None:
    one = Driver("a", origin=Origin("a.py", 1, distribution="acme"))
    other = Driver("a", origin=Origin("b.py", 2, distribution="other"))
    (finding,) = found("TD105", other, one, needing("b"))
    assert finding.message == "2 drivers are named 'a'"
    assert finding.origins == (one.origin, other.origin)
    assert [fix.summary for fix in finding.fixes] == [
        "leave one of them out: --block acme",
        "leave one of them out: --block other",
        "give one of them another name",
    ]


def test_one_distribution_is_not_told_to_block_itself() -> None:
    (finding,) = found("TD105", needing("a"), needing("a"))
    assert [fix.summary for fix in finding.fixes] == ["give one of them another name"]


def test_a_driver_and_a_capability_may_have_one_name() -> None:
    assert found("TD105", needing("a"), needing("b", provides=("a",))) == []
