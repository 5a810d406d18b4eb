"""Code quality reports of GitLab."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tierdeps.code_locations import CodeLocations
from tierdeps.formats import View
from tierdeps.formats.check.gitlab import render
from tierdeps.rules.runner import Selection

if TYPE_CHECKING:
    from tests.formats.conftest import Judge
    from tierdeps.model import CheckReport


def entries(report: CheckReport, view: View | None = None) -> Any:
    return json.loads("\n".join(render(report, view or View())))


def test_has_all_that_gitlab_asks_for(cyclic: CheckReport) -> None:
    cycle, missing = entries(cyclic)
    assert cycle.pop("fingerprint") != missing.pop("fingerprint")
    assert cycle == {
        "description": "TD101 2 drivers need each other in a cycle: qemu -> storage -> qemu",
        "check_name": "TD101",
        "severity": "major",
        "location": {"path": "site.toml", "lines": {"begin": 6}},
    }


def test_an_empty_list_says_that_all_is_well(clean: CheckReport) -> None:
    assert entries(clean) == []


def test_a_place_without_a_line_is_the_first_line(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations(home="tierdeps.toml", paths={"site.toml": ""}))
    assert entries(cyclic, view)[0]["location"] == {"path": "tierdeps.toml", "lines": {"begin": 1}}


def test_the_fingerprint_outlives_a_moved_line(judge: Judge) -> None:
    graph = b'[drivers.a]\nrequires = ["b"]\n'
    (here,), (there,) = entries(judge(graph)), entries(judge(b"# moved\n" + graph))
    assert here["fingerprint"] == there["fingerprint"]
    assert here["location"] != there["location"]


def test_warnings_are_minor_and_hints_are_reported(judge: Judge) -> None:
    selection = Selection(severity={"TD103": "warning"}, hints={"TD103": "ask #storage-team"})
    (found,) = entries(judge(b'[drivers.a]\nrequires = ["b"]\n', selection))
    assert found["severity"] == "minor"
    assert found["description"].endswith("(ask #storage-team)")


def test_control_characters_of_names_are_shown_as_such(hostile: CheckReport) -> None:
    assert all(entry["description"].isprintable() for entry in entries(hostile))
