"""TD103: a required driver or capability that is not there."""

from __future__ import annotations

import pytest

from tests.rules.looking import by, found, needing
from tierdeps.model import (
    Dependency,
    Driver,
    Finding,
    Kind,
    Origin,
    Replace,
    after,
    before,
    conflicts,
    requires,
    wants,
)


def test_what_is_required_and_nowhere_is_named_with_who_requires_it() -> None:
    need = requires("secrets", reason="CephX keys")
    (finding,) = found("TD103", needing("storage", need), needing("secret"))
    assert finding.message == "storage requires 'secrets', but no driver has this name or provides it"
    assert finding.drivers == ("storage",)
    assert [(item.text, item.origin, item.reason) for item in finding.evidence] == [
        ("storage requires secrets", need.origin, "CephX keys")
    ]


def entry(target: str) -> Dependency:
    """Require something in a graph file."""
    return Dependency(Kind.REQUIRES, target, origin=Origin("graph.toml", 3, "drivers.storage.requires[0]"))


def target(finding: Finding) -> str:
    change = finding.fixes[0].change
    assert isinstance(change, Replace)
    return change.replacement.target


def test_a_misspelt_name_gets_the_nearest_one() -> None:
    (finding,) = found("TD103", needing("storage", requires("secrets")), needing("secret"))
    assert finding.fixes[0].summary.startswith("correct the name to 'secret', if that is meant, in tests/rules/")
    assert target(finding) == "secret"
    assert finding.fixes[0].proof == "verified: the whole graph then has a start order"


def test_in_a_graph_file_all_advice_is_for_the_file() -> None:
    (finding,) = found("TD103", needing("storage", entry("secrets")), needing("secret"))
    assert [fix.summary for fix in finding.fixes] == [
        "correct the name to 'secret', if that is meant, in drivers.storage.requires[0] (graph.toml:3)",
        "declare it in graph.toml: add a table drivers.secrets, or add 'secrets' to provides of another driver",
        "if it may be absent, declare that: optional = true, in drivers.storage.requires[0] (graph.toml:3)",
    ]


def test_what_a_plugin_requires_can_come_from_another_plugin() -> None:
    need = Dependency(Kind.REQUIRES, "zzz", origin=by("storage"))
    (finding,) = found("TD103", needing("storage", need))
    assert [fix.summary for fix in finding.fixes] == [
        "install the plugin that declares it, or declare a driver that is named 'zzz' or provides it",
        "if it may be absent, declare that: optional=True, in acme 1.2, storage.py:1",
    ]


def test_a_name_that_has_to_be_quoted_is() -> None:
    (finding,) = found("TD103", needing("storage", entry("z.z")))
    assert finding.fixes[0].summary.startswith('declare it in graph.toml: add a table drivers."z.z", or')


def test_a_capability_can_be_the_nearest_name() -> None:
    (finding,) = found("TD103", needing("storage", requires("secret-lokup")), needing("s", provides=("secret-lookup",)))
    assert target(finding) == "secret-lookup"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("secrets:initialize", "secret:initialize"),
        ("secrets:initialise", "secret:initialize"),
        ("secrets:zzz", "secret"),
        ("kees:initialize", "keys:initialize"),
    ],
)
def test_of_a_misspelt_name_with_a_phase_the_phase_stays(wrong: str, right: str) -> None:
    secret = Driver("secret", phases=("initialize", "autostart"), provides=("keys",))
    (finding,) = found("TD103", needing("storage", requires(wrong)), secret)
    assert target(finding) == right


def test_a_name_that_would_close_a_cycle_says_so_and_is_no_change() -> None:
    (finding,) = found("TD103", needing("storage", requires("secrets")), needing("secret", requires("storage")))
    fix = finding.fixes[0]
    assert fix.summary.startswith("correct the name to 'secret'")
    assert (fix.change, fix.proof) == (
        None,
        "tried, but not enough by itself: that creates the cycle secret -> storage -> secret",
    )


def test_optional_is_no_way_out_where_a_wrong_provider_is_chosen() -> None:
    drivers = needing("a", requires("door"), provides=("door",))
    (finding,) = found("TD103", drivers, choices={"door": "ghost"})
    assert (finding.fixes[-1].change, finding.fixes[-1].proof) == (
        None,
        "tried, but not enough by itself: then no provider is chosen for 'door', which a requires",
    )


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    (finding,) = found("TD103", needing("storage", requires("zzz")), needing("secret"))
    assert [fix.summary.partition(", in tests")[0] for fix in finding.fixes] == [
        "declare a driver that is named 'zzz' or provides it",
        "if it may be absent, declare that: optional=True",
    ]


def test_that_it_may_be_absent_is_offered_as_a_change() -> None:
    (finding,) = found("TD103", needing("storage", requires("zzz")))
    fix = finding.fixes[-1]
    assert fix.change == Replace("storage", requires("zzz"), requires("zzz", optional=True))
    assert fix.proof == "verified: the whole graph then has a start order"


def test_a_driver_does_not_satisfy_its_own_need() -> None:
    (finding,) = found("TD103", needing("a", requires("door"), provides=("door",)))
    assert finding.message == "a requires 'door', but no other driver provides it"


@pytest.mark.parametrize("dependency", [wants("zzz"), after("zzz"), before("zzz"), conflicts("zzz")])
def test_only_what_is_required_is_missed(dependency: Dependency) -> None:
    assert found("TD103", needing("a", dependency)) == []


def test_what_is_there_is_not_missed_even_if_it_is_disabled() -> None:
    drivers = needing("a", requires("b"), requires("door")), needing("b", provides=("door",))
    assert found("TD103", *drivers, disabled=["b"]) == []
