"""Which rules run, how much they apply_severity, and what the baseline leaves of their findings."""

from __future__ import annotations

from datetime import date

import pytest

from tierdeps import DependencyGraph, Driver, requires
from tierdeps._util.frozen import replace
from tierdeps.baseline import Baseline
from tierdeps.errors import UnknownNameError
from tierdeps.manager import Manager
from tierdeps.model import Severity
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import RuleRun, Selection, run_rules
from tierdeps.settings import Settings

RULES = tuple(Manager(Settings(), path=[]).rules())
TODAY = date(2030, 6, 15)


def rule_run(selection: Selection | None = None) -> RuleRun:
    """Look at a cycle and a missing driver."""
    drivers = (Driver("a", dependencies=(requires("b"), requires("x"))), Driver("b", dependencies=(requires("a"),)))
    return run_rules(RuleContext(DependencyGraph(drivers)), RULES, selection)


def codes(selection: Selection) -> list[str]:
    return [finding.code for finding in rule_run(selection).report().findings]


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


def test_a_rule_may_be_named_instead_of_its_code() -> None:
    assert codes(Selection(select=("cycle",))) == ["TD101"]
    assert codes(Selection(ignore=("Missing",))) == ["TD101"]
    assert codes(Selection(severity={"cycle": "off"})) == ["TD103"]


def test_an_empty_selector_means_no_rule() -> None:
    with pytest.raises(UnknownNameError, match="no rule is named ''"):
        codes(Selection(select=("",)))


def test_a_misspelt_name_of_a_rule_is_an_error_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"no rule is named 'cycles'; did you mean 'cycle'\?"):
        codes(Selection(ignore=("cycles",)))


def test_a_severity_holds_for_all_codes_with_that_beginning() -> None:
    report = rule_run(Selection(severity={"TD1": "warning"})).report()
    assert [finding.severity for finding in report.findings] == [Severity.WARNING, Severity.WARNING]
    assert codes(Selection(severity={"td": "off"})) == []


@pytest.mark.parametrize("specific", ["TD103", "missing", "TD10"])
@pytest.mark.parametrize("turned", [False, True])
def test_of_several_severities_the_most_specific_counts(specific: str, turned: bool) -> None:
    items = [("TD1", "off"), (specific, "warning")]
    severity = dict(reversed(items) if turned else items)
    assert "TD103" in codes(Selection(severity=severity))


def test_a_hint_holds_for_all_codes_with_that_beginning() -> None:
    findings = rule_run(Selection(hints={"TD1": "ask", "cycle": "ask #start-up"})).report().findings
    assert [finding.hint for finding in findings] == ["ask #start-up", "ask"]


@pytest.mark.parametrize(
    "selection",
    [
        Selection(ignore=("TD",)),
        Selection(ignore=("cycle", "missing")),
        Selection(severity={"TD1": "off"}),
        Selection(severity={"cycle": "warning", "TD10": "off"}),
    ],
)
def test_what_is_mandatory_runs_with_its_own_severity(selection: Selection) -> None:
    report = rule_run(replace(selection, mandatory="TD1")).report()
    assert [(finding.code, finding.severity) for finding in report.findings] == [
        ("TD101", Severity.ERROR),
        ("TD103", Severity.ERROR),
    ]


def test_a_severity_decides_whether_the_check_fails() -> None:
    weighed = Selection(severity={"TD101": "warning", "TD103": "warning"})
    report = rule_run(weighed).report()
    assert report.ok
    assert {finding.severity for finding in report.findings} == {Severity.WARNING}
    assert {rule.severity for rule in report.rules if rule.code == "TD101"} == {Severity.WARNING}


def test_errors_come_before_warnings() -> None:
    assert codes(Selection(severity={"TD101": "warning"})) == ["TD103", "TD101"]


def test_a_hint_is_reported_with_the_findings_of_its_rule() -> None:
    findings = rule_run(Selection(hints={"TD101": "ask #storage-team"})).report().findings
    assert [finding.hint for finding in findings] == ["ask #storage-team", ""]


@pytest.mark.parametrize(
    "selection",
    [
        Selection(select=("TD9",)),
        Selection(ignore=("TD190",)),
        Selection(severity={"TD190": "off"}),
        Selection(hints={"TD190": "ask"}),
    ],
)
def test_a_code_that_there_is_not_is_an_error(selection: Selection) -> None:
    with pytest.raises(UnknownNameError, match=r"no rule is named 'TD(9|190)'; did you mean 'TD[12][01]\d'\?"):
        rule_run(selection)


def test_the_rules_of_a_report_are_those_that_ran() -> None:
    report = rule_run(Selection(select=("TD103", "TD4"))).report()
    assert [rule.code for rule in report.rules] == ["TD103", "TD401", "TD402"]


def test_known_findings_are_apart_from_the_new_ones() -> None:
    looked = rule_run()
    (cycle, _) = looked.report().findings
    report = looked.report(looked.compare(Baseline().plus((cycle,), "known"), TODAY))
    assert [finding.code for finding in report.findings] == ["TD103"]
    assert [finding.code for finding in report.known] == ["TD101"]


def test_stale_and_expired_entries_are_findings() -> None:
    looked = rule_run(Selection(ignore=("TD103",)))
    cycle = looked.report().findings
    gone = run_rules(
        RuleContext(DependencyGraph([Driver("z", dependencies=(requires("gone"),))])),
        RULES,
        Selection(select=("TD103",)),
    )
    expired = Baseline().plus(cycle, "known", "storage-team", date(2030, 6, 11))
    baseline = expired.plus(gone.findings, "gone")
    everything = rule_run()
    report = everything.report(everything.compare(baseline, TODAY))
    assert [(item.code, item.message) for item in report.findings if item.code.startswith("TD4")] == [
        ("TD401", "the baseline has an entry for a finding that no longer exists: TD103 z, gone"),
        ("TD402", "a baseline entry expired 4 days ago, owned by storage-team: TD101 a -> b, b -> a"),
    ]
    assert not report.ok


def test_an_entry_is_not_stale_because_its_rule_did_not_run() -> None:
    looked = rule_run(Selection(ignore=("TD101",)))
    baseline = Baseline().plus(rule_run().findings, "known")
    assert looked.report(looked.compare(baseline, TODAY)).findings == ()


def test_of_a_partial_look_no_entry_is_stale() -> None:
    nothing = run_rules(RuleContext(DependencyGraph([Driver("a")])), RULES)
    baseline = Baseline().plus(rule_run().findings, "known")
    assert nothing.compare(baseline, TODAY, partial=True).stale == ()
    assert len(nothing.compare(baseline, TODAY).stale) == 2


def test_an_entry_of_a_rule_that_nobody_brings_is_stale() -> None:
    baseline = Baseline().plus(rule_run(Selection(select=("TD101",))).findings, "known")
    looked = run_rules(RuleContext(DependencyGraph([Driver("a")])), [rule for rule in RULES if rule.code != "TD101"])
    assert len(looked.compare(baseline, TODAY).stale) == 1
