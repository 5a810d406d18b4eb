"""Which rules run, how much they weigh, and what the baseline leaves of their findings."""

from __future__ import annotations

from datetime import date

import pytest

from tierdeps import DependencyGraph, Driver, requires
from tierdeps.baseline import Baseline
from tierdeps.errors import UnknownNameError
from tierdeps.manager import Manager
from tierdeps.model import Severity
from tierdeps.rules import Inspection
from tierdeps.settings import Settings
from tierdeps.verdict import Examination, Selection, examine

RULES = tuple(Manager(Settings(), path=[]).rules())
TODAY = date(2030, 6, 15)


def examination(selection: Selection | None = None) -> Examination:
    """Look at a cycle and a missing driver."""
    drivers = (Driver("a", dependencies=(requires("b"), requires("x"))), Driver("b", dependencies=(requires("a"),)))
    return examine(Inspection(DependencyGraph(drivers)), RULES, selection)


def codes(selection: Selection) -> list[str]:
    return [finding.code for finding in examination(selection).verdict().findings]


def test_all_rules_run_that_run_unasked() -> None:
    assert codes(Selection()) == ["TD101", "TD103"]


def test_a_selected_code_runs_alone() -> None:
    assert codes(Selection(select=("td103",))) == ["TD103"]


def test_the_beginning_of_codes_stands_for_all_of_them() -> None:
    assert codes(Selection(select=("TD1",))) == ["TD101", "TD103"]
    assert codes(Selection(ignore=("TD1",))) == []


def test_what_is_ignored_does_not_run_even_if_selected() -> None:
    assert codes(Selection(select=("TD1",), ignore=("TD101",))) == ["TD103"]


def test_a_rule_that_is_off_does_not_run() -> None:
    assert codes(Selection(severity={"TD101": "off"})) == ["TD103"]


def test_a_severity_decides_whether_the_check_fails() -> None:
    weighed = Selection(severity={"TD101": "warning", "TD103": "warning"})
    verdict = examination(weighed).verdict()
    assert verdict.ok
    assert {finding.severity for finding in verdict.findings} == {Severity.WARNING}
    assert {rule.severity for rule in verdict.rules if rule.code == "TD101"} == {Severity.WARNING}


def test_errors_come_before_warnings() -> None:
    assert codes(Selection(severity={"TD101": "warning"})) == ["TD103", "TD101"]


def test_a_hint_is_said_with_the_findings_of_its_rule() -> None:
    findings = examination(Selection(hints={"TD101": "ask #storage-team"})).verdict().findings
    assert [finding.hint for finding in findings] == ["ask #storage-team", ""]


@pytest.mark.parametrize(
    "selection",
    [
        Selection(select=("TD9",)),
        Selection(ignore=("TD110",)),
        Selection(severity={"TD110": "off"}),
        Selection(hints={"TD110": "ask"}),
    ],
)
def test_a_code_that_there_is_not_is_an_error(selection: Selection) -> None:
    with pytest.raises(UnknownNameError, match=r"no rule is named 'TD(9|110)'; did you mean 'TD10\d'\?"):
        examination(selection)


def test_the_rules_of_a_verdict_are_those_that_ran() -> None:
    verdict = examination(Selection(select=("TD103", "TD4"))).verdict()
    assert [rule.code for rule in verdict.rules] == ["TD103", "TD401", "TD402"]


def test_known_findings_are_apart_from_the_new_ones() -> None:
    looked = examination()
    (cycle, _) = looked.verdict().findings
    verdict = looked.verdict(looked.against(Baseline().plus((cycle,), "known"), TODAY))
    assert [finding.code for finding in verdict.findings] == ["TD103"]
    assert [finding.code for finding in verdict.known] == ["TD101"]


def test_stale_and_expired_entries_are_findings() -> None:
    looked = examination(Selection(ignore=("TD103",)))
    cycle = looked.verdict().findings
    gone = examine(
        Inspection(DependencyGraph([Driver("z", dependencies=(requires("gone"),))])),
        RULES,
        Selection(select=("TD103",)),
    )
    expired = Baseline().plus(cycle, "known", "storage-team", date(2030, 6, 11))
    baseline = expired.plus(gone.findings, "gone")
    everything = examination()
    verdict = everything.verdict(everything.against(baseline, TODAY))
    assert [(item.code, item.message) for item in verdict.findings if item.code.startswith("TD4")] == [
        ("TD401", "the baseline excuses what is not there any more: TD103 z, gone"),
        ("TD402", "the baseline's excuse expired 4 days ago, owned by storage-team: TD101 a -> b, b -> a"),
    ]
    assert not verdict.ok


def test_an_entry_is_not_stale_because_its_rule_did_not_run() -> None:
    looked = examination(Selection(ignore=("TD101",)))
    baseline = Baseline().plus(examination().findings, "known")
    assert looked.verdict(looked.against(baseline, TODAY)).findings == ()


def test_of_a_partial_look_no_entry_is_stale() -> None:
    nothing = examine(Inspection(DependencyGraph([Driver("a")])), RULES)
    baseline = Baseline().plus(examination().findings, "known")
    assert nothing.against(baseline, TODAY, partial=True).stale == ()
    assert len(nothing.against(baseline, TODAY).stale) == 2


def test_an_entry_of_a_rule_that_nobody_brings_is_stale() -> None:
    baseline = Baseline().plus(examination(Selection(select=("TD101",))).findings, "known")
    looked = examine(Inspection(DependencyGraph([Driver("a")])), [rule for rule in RULES if rule.code != "TD101"])
    assert len(looked.against(baseline, TODAY).stale) == 1
