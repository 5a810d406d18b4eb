"""A report as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import replace
from tierdeps.formats.check.json import render

if TYPE_CHECKING:
    from tierdeps.formats import View
    from tierdeps.model import CheckReport


def document(report: CheckReport, view: View) -> Any:
    return json.loads("\n".join(render(report, view)))


def test_a_report_without_findings_counts_what_was_checked(clean: CheckReport, view: View) -> None:
    assert document(clean, view) == {
        "schema": "tierdeps/check/1",
        "ok": True,
        "summary": {"drivers": 2, "dependencies": 1, "tiers": 1, "cycles": 0},
        "findings": [],
    }


def test_a_cycle_has_members_a_closed_path_edges_and_a_break(cyclic: CheckReport, view: View) -> None:
    cycle = next(finding["cycle"] for finding in document(cyclic, view)["findings"] if finding["code"] == "TD101")
    assert cycle["members"] == ["qemu", "storage"]
    assert cycle["path"] == ["qemu", "storage", "qemu"]
    assert [(edge["from"], edge["to"]) for edge in cycle["edges"]] == [("qemu", "storage"), ("storage", "qemu")]
    assert [(edge["reason"], edge["origin"]["line"]) for edge in cycle["edges"]] == [("disks", 6), ("", 2)]
    assert len(cycle["break"]) == 1
    assert (cycle["break_is_smallest"], cycle["breaks_as_small"]) == (True, 2)
    assert cycle["when"] == []


def test_breaks_that_were_not_all_counted_have_no_number(cyclic: CheckReport, view: View) -> None:
    finding = next(item for item in cyclic.findings if item.cycle)
    assert finding.cycle is not None
    report = replace(
        cyclic, findings=(replace(finding, cycle=replace(finding.cycle, equal_count=100, all_counted=False)),)
    )
    assert document(report, view)["findings"][0]["cycle"]["breaks_as_small"] is None


def test_a_break_that_was_found_with_little_search_says_so(cyclic: CheckReport, view: View) -> None:
    finding = next(item for item in cyclic.findings if item.cycle)
    assert finding.cycle is not None
    assert "break_is_quick" not in document(cyclic, view)["findings"][0]["cycle"]
    quick = replace(finding.cycle, exact=False, quick=True)
    report = replace(cyclic, findings=(replace(finding, cycle=quick),))
    assert document(report, view)["findings"][0]["cycle"]["break_is_quick"] is True


def test_only_a_cycle_has_a_cycle(cyclic: CheckReport, view: View) -> None:
    findings = document(cyclic, view)["findings"]
    assert {finding["code"] for finding in findings if "cycle" in finding} == {"TD101"}
    missing = next(finding for finding in findings if finding["code"] == "TD103")
    assert (missing["rule"], missing["severity"], missing["drivers"]) == ("missing", "error", ["qemu"])
    assert missing["origins"][0]["file"] == "site.toml"


def test_control_characters_are_escaped(hostile: CheckReport, view: View) -> None:
    assert all(line.isprintable() and line.isascii() for line in render(hostile, view))
