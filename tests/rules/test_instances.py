"""What rules say of instances: the one declaration, and names that nearly match."""

from __future__ import annotations

import pytest

from tests.rules.looking import found, needing
from tierdeps import Dependency, Driver, Kind, Origin, instances, requires, wants


def workers() -> tuple[Driver, ...]:
    return instances(Driver("worker", dependencies=(requires("db"),)), ["a", "b"])


def test_a_pattern_that_matches_nothing_is_missing_with_a_suggestion() -> None:
    web = Driver("web", dependencies=(requires("wroker@*"),))
    (finding,) = found("TD103", web, *workers(), Driver("db"))
    assert finding.message == "web requires 'wroker@*', but there is no other driver wroker@INSTANCE"
    assert finding.fixes[0].summary.startswith("correct the name to 'worker@*', if that is meant")


def test_a_wanted_pattern_that_matches_nothing_is_a_warning_with_a_suggestion() -> None:
    web = Driver("web", dependencies=(wants("wroker@*:start"),))
    (finding,) = found("TD206", web, *workers(), Driver("db"))
    assert finding.message == (
        "web wants 'wroker@*:start', but there is no other driver wroker@INSTANCE; did you mean 'worker@*:start'?"
    )


def test_the_plain_name_of_instances_is_corrected_to_all_of_them() -> None:
    web = Driver("web", dependencies=(requires("worker"), wants("worker:start")))
    (finding,) = found("TD103", web, *workers(), Driver("db"))
    assert finding.fixes[0].summary.startswith("correct the name to 'worker@*', if that is meant")
    (finding,) = found("TD206", web, *workers(), Driver("db"))
    assert finding.message.endswith("; did you mean 'worker@*:start'?")


def test_an_unknown_phase_of_all_instances_is_reported_for_each() -> None:
    web = Driver("web", dependencies=(requires("worker@*:strat"),))
    findings = found("TD107", web, *workers(), Driver("db"))
    assert findings
    assert all("strat" in finding.message for finding in findings)


def test_each_finding_points_to_the_one_declaration() -> None:
    made = workers()
    findings = found("TD103", *made)
    assert {finding.drivers for finding in findings} == {("worker@a",), ("worker@b",)}
    assert {finding.origins for finding in findings} == {(made[0].dependencies[0].origin,)}


@pytest.mark.parametrize("target", ["worker@*", "worker@*:start"])
def test_what_names_all_instances_is_declared_by_instances(target: str) -> None:
    in_file = Dependency(Kind.REQUIRES, target, origin=Origin("graph.toml", 3, "drivers.web.requires[0]"))
    (finding,) = found("TD103", needing("web", in_file))
    assert 'declare instances in graph.toml: instances = ["NAME"] in the table drivers.worker' in [
        fix.summary for fix in finding.fixes
    ]
    (finding,) = found("TD103", needing("web", requires(target)))
    assert "declare an instance: a driver that is named worker@NAME" in [fix.summary for fix in finding.fixes]
