"""TD104: a capability with several providers, and none chosen."""

from __future__ import annotations

import pytest

from tests.rules.looking import CORE_APP, by, found, needing
from tierdeps.model import Choose, Dependency, Driver, Kind, Origin, after, before, conflicts, requires, wants
from tierdeps.words.sentences import MAX_NAMES_LISTED

PROVIDERS = needing("p", provides=("door",)), needing("q", provides=("door",))


@pytest.mark.parametrize("need", [requires("door"), wants("door")])
def test_the_providers_are_named_and_each_can_be_chosen(need: Dependency) -> None:
    (finding,) = found("TD104", needing("a", need), *PROVIDERS)
    assert finding.message == f"a {need.kind} 'door', which 2 drivers provide: p, q; none is chosen"
    assert finding.drivers == ("a", "p", "q")
    assert finding.origins == (need.origin, by("p"), by("q"))
    assert [fix.change for fix in finding.fixes] == [Choose("door", "p"), Choose("door", "q")]
    assert [fix.summary for fix in finding.fixes] == [
        'choose p: "door" = "p" in [choose], in the settings',
        'choose q: "door" = "q" in [choose], in the settings',
    ]
    assert {fix.proof for fix in finding.fixes} == {"verified: the whole graph then has a start order"}


def test_in_a_graph_file_the_choice_can_be_made_there() -> None:
    need = Dependency(Kind.REQUIRES, "door", origin=Origin("graph.toml", 3, "drivers.a.requires[0]"))
    (finding,) = found("TD104", needing("a", need), *PROVIDERS)
    assert finding.fixes[0].summary == 'choose p: "door" = "p" in [choose], in the graph file or in tierdeps.toml'


def test_a_choice_that_closes_a_cycle_comes_last_and_says_so() -> None:
    providers = needing("p", requires("a"), provides=("door",)), needing("q", provides=("door",))
    (finding,) = found("TD104", needing("a", requires("door")), *providers)
    assert [(fix.summary[:8], fix.change, fix.proof) for fix in finding.fixes] == [
        ("choose q", Choose("door", "q"), "verified: the whole graph then has a start order"),
        ("choose p", None, "tried, but not enough by itself: that creates the cycle a -> p -> a"),
    ]


def test_a_choice_of_a_later_tier_says_that_it_is_an_inversion() -> None:
    providers = needing("p", tier="app", provides=("door",)), needing("q", tier="core", provides=("door",))
    (finding,) = found("TD104", needing("a", requires("door"), tier="core"), *providers, tiers=CORE_APP)
    assert finding.fixes[0].change == Choose("door", "q")
    assert (
        finding.fixes[1].proof
        == "tried, but not enough by itself: a of the tier core then needs p of the later tier app"
    )


def test_a_choice_without_the_phase_that_is_needed_says_so() -> None:
    providers = Driver("p", phases=("begin",), provides=("door",)), needing("q", provides=("door",))
    (finding,) = found("TD104", needing("a", requires("door:start")), *providers)
    assert [(fix.change, fix.proof) for fix in finding.fixes] == [
        (Choose("door", "q"), "verified: the whole graph then has a start order"),
        (None, "tried, but not enough by itself: p has no phase 'start'"),
    ]


def test_a_driver_is_not_offered_itself() -> None:
    own = needing("p", requires("door"), provides=("door",))
    drivers = needing("a", requires("door")), own, needing("q", provides=("door",)), needing("r", provides=("door",))
    of_p, of_a = sorted(found("TD104", *drivers), key=lambda finding: finding.drivers[0], reverse=True)
    assert [fix.change for fix in of_a.fixes] == [Choose("door", "p"), Choose("door", "q"), Choose("door", "r")]
    assert [fix.change for fix in of_p.fixes] == [Choose("door", "q"), Choose("door", "r")]


def test_what_is_wrong_elsewhere_hides_no_choice() -> None:
    elsewhere = needing("x", requires("y")), needing("y", requires("x")), needing("z", requires("nowhere"))
    (finding,) = found("TD104", needing("a", requires("door")), *PROVIDERS, *elsewhere)
    assert [fix.proof for fix in finding.fixes] == [
        "verified: the dependency of a is unambiguous, and no error is added"
    ] * 2


def test_a_wrong_choice_offers_the_right_ones_alike() -> None:
    providers = needing("p", requires("a"), provides=("door",)), needing("q", provides=("door",))
    (finding,) = found("TD104", needing("a", requires("door")), *providers, choices={"door": "ghost"})
    assert [fix.change for fix in finding.fixes] == [Choose("door", "q"), None]
    assert finding.fixes[1].proof == "tried, but not enough by itself: that creates the cycle a -> p -> a"


def test_a_choice_settles_it() -> None:
    assert found("TD104", needing("a", requires("door")), *PROVIDERS, choices={"door": "q"}) == []


def test_a_choice_that_cannot_be_is_ambiguous_still() -> None:
    (finding,) = found("TD104", needing("a", requires("door")), *PROVIDERS, choices={"door": "a"})
    assert finding.message == ("a requires 'door', which 'a' is chosen, but only p and q can provide it")


def test_one_provider_is_enough() -> None:
    assert found("TD104", needing("a", requires("door")), PROVIDERS[0]) == []
    assert found("TD104", needing("a", requires("door"), provides=("door",)), PROVIDERS[0]) == []


@pytest.mark.parametrize("dependency", [after("door"), before("door"), conflicts("door")])
def test_what_applies_to_all_providers_needs_no_choice(dependency: Dependency) -> None:
    assert found("TD104", needing("a", dependency), *PROVIDERS) == []


def test_of_many_providers_only_the_first_ones_are_listed_and_offered() -> None:
    providers = [needing(f"p{number:02}", provides=("door",)) for number in range(MAX_NAMES_LISTED + 3)]
    first = tuple(driver.name for driver in providers[:MAX_NAMES_LISTED])
    (finding,) = found("TD104", needing("a", requires("door")), *providers)
    assert (
        finding.message == f"a requires 'door', which 13 drivers provide: {', '.join(first)} and 3 more; none is chosen"
    )
    assert finding.drivers == ("a", *first)
    assert len(finding.evidence) == 1 + MAX_NAMES_LISTED
    assert [fix.change for fix in finding.fixes] == [Choose("door", name) for name in first]


def test_only_the_driver_that_needs_a_provider_cannot_start() -> None:
    (finding,) = found("TD104", needing("a", requires("door")), *PROVIDERS)
    assert finding.concerned == ("a",)
