"""Findings and reports of checks."""

from __future__ import annotations

from tierdeps.model import CheckReport, Evidence, Finding, Origin, Severity


def finding(severity: Severity, *origins: Origin) -> Finding:
    return Finding("TD101", "cycle", severity, "words", evidence=tuple(Evidence("text", item) for item in origins))


def test_the_origins_of_a_finding_are_those_of_its_evidence_each_once() -> None:
    one, other = Origin("b.py"), Origin("a.py")
    assert finding(Severity.ERROR, one, other, one).origins == (one, other)


def test_a_report_fails_on_errors_alone() -> None:
    error, warning = finding(Severity.ERROR), finding(Severity.WARNING)
    assert CheckReport((warning,), 1, 0, 1, 0).ok
    report = CheckReport((warning, error), 1, 0, 1, 0)
    assert not report.ok
    assert report.errors == (error,)
