"""TD107: a dependency that names a phase that a driver does not have."""

from __future__ import annotations

from tests.rules.looking import by, found, needing
from tierdeps.model import Driver, after, requires

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
    assert [fix.summary for fix in finding.fixes] == ["name secret:initialize instead", "name secret:autostart instead"]


def test_a_drivers_own_phase_that_is_not_there_is_named() -> None:
    (finding,) = found("TD107", needing("storage", requires("secret", phase="autostart")), SECRET)
    assert finding.message.startswith("storage has no phase 'autostart', only start")
    assert finding.drivers == ("storage",)
    assert finding.evidence[0].text == "storage:autostart requires secret"


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
