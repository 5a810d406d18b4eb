"""Findings and verdicts."""

from __future__ import annotations

from tierdeps.model import Evidence, Finding, Origin, Severity, Verdict


def finding(severity: Severity, *origins: Origin) -> Finding:
    return Finding("TD101", "cycle", severity, "words", evidence=tuple(Evidence("text", item) for item in origins))


def test_the_origins_of_a_finding_are_those_of_its_evidence_each_once() -> None:
    one, other = Origin("b.py"), Origin("a.py")
    assert finding(Severity.ERROR, one, other, one).origins == (one, other)


def test_a_verdict_fails_on_errors_alone() -> None:
    error, warning = finding(Severity.ERROR), finding(Severity.WARNING)
    assert Verdict((warning,), 1, 0, 1, 0).ok
    verdict = Verdict((warning, error), 1, 0, 1, 0)
    assert not verdict.ok
    assert verdict.errors == (error,)
