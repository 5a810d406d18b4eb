"""TD107: a dependency that names a phase that a driver does not have."""

from __future__ import annotations

from tests.rules.looking import by, found, needing
from tierdeps.model import Dependency, Driver, Kind, Origin, Replace, after, conflicts, requires
from tierdeps.words.sentences import MAX_NAMES_LISTED

SECRET = Driver("secret", phases=("initialize", "autostart"), origin=by("secret"))


def test_a_targets_phase_that_is_not_there_is_named_with_those_that_are() -> None:
    need = requires("secret:initialise")
    (finding,) = found("TD107", needing("storage", need), SECRET)
    assert finding.message == (
        "secret has no phase 'initialise', only initialize and autostart; did you mean 'initialize'?"
    )
    assert finding.drivers == ("storage", "secret")
    assert [item.text for item in finding.evidence] == ["storage requires secret:initialise", "secret is declared"]
    assert finding.origins == (need.origin, by("secret"))
    assert [fix.change for fix in finding.fixes] == [
        Replace("storage", need, requires(f"secret:{phase}")) for phase in ("initialize", "autostart")
    ]
    assert finding.fixes[0].summary.startswith("name the phase 'initialize' of secret instead, in tests/rules/")
    assert finding.fixes[0].proof == "verified: the whole graph then has a start order"


def test_in_a_graph_file_the_entry_is_named() -> None:
    need = Dependency(Kind.REQUIRES, "secret:halt", origin=Origin("graph.toml", 3, "drivers.storage.requires[0]"))
    (finding,) = found("TD107", needing("storage", need), SECRET)
    assert finding.fixes[0].summary == (
        "name the phase 'initialize' of secret instead, in drivers.storage.requires[0] (graph.toml:3)"
    )


def test_a_phase_that_would_close_a_cycle_comes_last_and_says_so() -> None:
    secret = Driver("secret", phases=("one", "two"), dependencies=(requires("storage", phase="two"),))
    (finding,) = found("TD107", needing("storage", requires("secret:twos")), secret)
    assert [(fix.summary[:20], fix.proof) for fix in finding.fixes] == [
        ("name the phase 'one'", "verified: the whole graph then has a start order"),
        ("name the phase 'two'", "tried, but not enough by itself: that creates the cycle secret -> storage -> secret"),
    ]
    assert finding.fixes[1].change is None


def test_a_phase_that_lets_a_conflict_be_one_says_so() -> None:
    (finding,) = found("TD107", needing("a", conflicts("b:begin")), needing("b"))
    assert finding.fixes[0].proof == "tried, but not enough by itself: a and b then conflict"


def test_a_phase_that_another_provider_lacks_says_so() -> None:
    drivers = Driver("p", phases=("one",), provides=("door",)), Driver("q", phases=("two",), provides=("door",))
    findings = found("TD107", needing("a", after("door:zero")), *drivers)
    assert [fix.proof for finding in findings for fix in finding.fixes] == [
        "tried, but not enough by itself: q has no phase 'one'",
        "tried, but not enough by itself: p has no phase 'two'",
    ]


def test_a_drivers_own_phase_that_is_not_there_is_named() -> None:
    (finding,) = found("TD107", needing("storage", requires("secret", phase="autostart")), SECRET)
    assert finding.message.startswith("storage has no phase 'autostart', only start")
    assert finding.drivers == ("storage",)
    assert finding.evidence[0].text == "storage:autostart requires secret"
    (fix,) = finding.fixes
    assert fix.summary.startswith("name the phase 'start' of storage instead, in ")
    assert fix.change == Replace("storage", requires("secret", phase="autostart"), requires("secret", phase="start"))


def test_soft_dependencies_must_name_phases_that_are_there_too() -> None:
    assert len(found("TD107", needing("storage", after("secret:halt")), SECRET)) == 1


def test_an_empty_phase_is_none_that_is_there() -> None:
    (finding,) = found("TD107", needing("storage", requires("secret:")), SECRET)
    assert finding.message.startswith("secret has no phase ''")


def test_phases_that_are_there_can_be_named_on_both_ends() -> None:
    drivers = Driver("storage", phases=("a", "b"), dependencies=(requires("secret:initialize", phase="b"),)), SECRET
    assert found("TD107", *drivers) == []


def test_an_absent_target_has_no_phases_to_miss() -> None:
    assert found("TD107", needing("storage", after("secret:halt"))) == []


def test_of_many_phases_the_nearest_one_and_the_first_ones_are_offered() -> None:
    phases = (*(f"p{number:02}" for number in range(12)), "initialize")
    need = requires("secret:initialise")
    (finding,) = found("TD107", needing("storage", need), Driver("secret", phases=phases, origin=by("secret")))
    shown = " and ".join(phases[:MAX_NAMES_LISTED])
    assert finding.message == f"secret has no phase 'initialise', only {shown} and 3 more; did you mean 'initialize'?"
    offered = ("initialize", *phases[: MAX_NAMES_LISTED - 1])
    assert [fix.change for fix in finding.fixes] == [
        Replace("storage", need, requires(f"secret:{phase}")) for phase in offered
    ]
