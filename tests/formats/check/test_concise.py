"""A finding a line, which editors can jump to."""

from __future__ import annotations

from tierdeps.code_locations import CodeLocations
from tierdeps.formats import View
from tierdeps.formats.check import Checks, GraphCheck
from tierdeps.formats.check.concise import render, render_each
from tierdeps.model import CheckReport, Evidence, Finding, Origin, Severity
from tierdeps.words.code_frame import frame_in_graph

ORIGIN = Origin("g.toml", 13, "drivers.a.requires[1]")
FINDING = Finding("TD103", "missing", Severity.ERROR, "a requires c", ("a",), (Evidence("", ORIGIN),))
VIEW = View(code_frame=lambda _: frame_in_graph(13, 'requires = ["b", "c"]', "requires[1]"))


def report(*findings: Finding) -> CheckReport:
    return CheckReport(findings, drivers=3, dependencies=1, tiers=2, cycles=0)


def finding(*evidence: Evidence) -> Finding:
    return Finding("TD201", "redundant", Severity.WARNING, "line\x1b", evidence=evidence)


def test_a_finding_is_a_line_with_its_file_line_and_column() -> None:
    assert next(iter(render(report(FINDING), VIEW))) == "g.toml:13:18: TD103 error: a requires c"


def test_what_is_not_known_of_the_place_is_omitted() -> None:
    assert next(iter(render(report(FINDING), View()))) == "g.toml:13: TD103 error: a requires c"
    assert next(iter(render(report(finding()), View()))) == "TD201 warning: line\\x1b"
    named = finding(Evidence("", Origin()), Evidence("", Origin("x.json", key="a")))
    assert next(iter(render(report(named), View()))) == "x.json: TD201 warning: line\\x1b"


def test_graphs_are_listed_one_after_the_other_and_counted() -> None:
    checks = Checks((GraphCheck("g.toml", report(FINDING)), GraphCheck("h.toml", None, "not there", CodeLocations())))
    assert list(render_each(checks, View())) == [
        "g.toml:13: TD103 error: a requires c",
        "h.toml: error: not there",
        "2 graphs: 1 failed, 1 not checked",
    ]
