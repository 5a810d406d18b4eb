"""TD111: quorums of more drivers than there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rules.looking import found
from tierdeps import Driver, requires
from tierdeps.model import Replace

if TYPE_CHECKING:
    from tierdeps.model import Finding

MONITORS = [Driver(f"mon@{name}", provides=("quorum",)) for name in "abc"]


def of(target: str, atleast: int, *more: Driver, **facts: bool) -> list[Finding]:
    osd = Driver("osd", dependencies=(requires(target, atleast=atleast),))
    return found("TD111", osd, *MONITORS, *more, facts=facts)


@pytest.mark.parametrize("target", ["mon@*", "quorum", "mon@*:start"])
@pytest.mark.parametrize("atleast", [1, 2, 3])
def test_a_quorum_that_can_be_reached_is_no_finding(target: str, atleast: int) -> None:
    assert of(target, atleast) == []


@pytest.mark.parametrize("target", ["mon@*", "quorum", "mon@*:start"])
@pytest.mark.parametrize("atleast", [4, 5, 1_000_000])
def test_more_than_there_are_is_an_error(target: str, atleast: int) -> None:
    (finding,) = of(target, atleast)
    assert finding.message == f"osd requires at least {atleast} of {target}, which are 3 drivers"
    assert finding.drivers == ("osd",)


def test_a_quorum_of_one_driver_is_that_driver() -> None:
    assert of("mon@a", 1) == []
    (finding,) = of("mon@a", 2)
    assert finding.message == "osd requires at least 2 of mon@a, which is 1 driver"


def test_the_driver_itself_does_not_count() -> None:
    member = Driver("mon@d", dependencies=(requires("mon@*", atleast=4),))
    (finding,) = found("TD111", member, *MONITORS)
    assert finding.message == "mon@d requires at least 4 of mon@*, which are 3 drivers"


def test_a_driver_that_is_absent_does_not_count() -> None:
    absent = Driver("mon@d", when="fourth")
    assert of("mon@*", 4, absent, fourth=True) == []
    (finding,) = of("mon@*", 4, absent, fourth=False)
    assert finding.message == (
        "osd requires at least 4 of mon@*, which are 3 drivers; others are absent: the fact 'fourth' does not hold"
    )


def test_a_quorum_of_nothing_is_a_missing_requirement() -> None:
    assert of("mds@*", 2) == []
    osd = Driver("osd", dependencies=(requires("mds@*", atleast=2),))
    assert [finding.code for finding in found("TD103", osd)] == ["TD103"]


def test_the_first_fix_is_one() -> None:
    (finding,) = of("mon@*", 4)
    change = finding.fixes[0].change
    assert isinstance(change, Replace)
    assert finding.fixes[0].summary == "require at most 3: atleast = 3"
    assert change.replacement == requires("mon@*", atleast=3)
