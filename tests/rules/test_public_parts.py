"""A rule and a format can be written, and tried, with public names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import (
    CheckReport,
    Checks,
    CodeLocations,
    Declarations,
    DependencyGraph,
    Driver,
    Drop,
    Evidence,
    Finding,
    Fix,
    Format,
    GraphCheck,
    Origin,
    Replace,
    Rule,
    RuleContext,
    Severity,
    View,
    after,
    replace,
    requires,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(context: RuleContext) -> Iterator[Finding]:
    for driver in context.graph.drivers.values():
        for dependency in driver.dependencies:
            if not dependency.reason:
                fixes = (
                    Fix("drop it", Drop(driver.name, dependency)),
                    Fix("say why", Replace(driver.name, dependency, replace(dependency, reason="it does"))),
                )
                evidence = [Evidence(f"{driver.name} {dependency.kind} {dependency.target}", dependency.origin)]
                yield RULE.finding("nobody says why", [driver.name], evidence, fixes)


def render_each(checks: Checks, view: View) -> Iterator[str]:
    for one in checks.checks:
        for finding in one.report.findings if one.report else ():
            place = view.locations.known(finding)
            yield f"{one.graph}: {finding.code} {place.file if place else '?'}"
        yield f"{one.graph}: {one.outcome}"


RULE = Rule("ACME1", "no-reason", Severity.WARNING, "No reason.", "", "Say why.", check)
FORMAT = Format("check", "acme", lambda report, _: (finding.code for finding in report.findings), render_each)


def findings(declarations: Declarations) -> list[Finding]:
    return list(RULE.check(RuleContext(DependencyGraph.of(declarations))))


def test_each_change_of_a_fix_can_be_applied_and_fixes_what_was_found() -> None:
    needs = (requires("clock"), after("clock", reason="it shows the time"))
    declared = Declarations((Driver("clock"), Driver("alarm", dependencies=needs)))
    (finding,) = findings(declared)
    changes = [fix.change for fix in finding.fixes if fix.change]
    assert [change.action for change in changes] == ["drop", "replace"]
    assert [findings(change.apply(declared)) for change in changes] == [[], []]


def test_a_format_writes_several_checks_as_one_text() -> None:
    origin = Origin("a.toml", 1)
    finding = RULE.finding("nobody says why", ["alarm"], [Evidence("alarm requires clock", origin)])
    report = CheckReport((finding,), drivers=2, dependencies=1, tiers=1, cycles=0)
    checks = Checks((GraphCheck("a", report), GraphCheck("b", problem="there is no such file")))
    view = View(locations=CodeLocations(paths={"a.toml": "graphs/a.toml"}))
    assert FORMAT.render_each is not None
    assert list(FORMAT.render_each(checks, view)) == ["a: ACME1 graphs/a.toml", "a: passed", "b: not checked"]
