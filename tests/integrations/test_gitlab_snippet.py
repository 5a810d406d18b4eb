"""The job for GitLab CI, its script run as it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integrations.conftest import Workshop

CLEAN = '[drivers.storage]\nrequires = ["secret"]\n[drivers.secret]\n'
CYCLE = CLEAN + 'requires = ["storage"]\n'
SNIPPET = "docs/ci/gitlab.yml"


def test_is_valid_against_the_host_s_schema(read_yaml: Any, valid_against: Any) -> None:
    valid_against(read_yaml(SNIPPET), "gitlab-ci")


@pytest.mark.parametrize(("graph", "code", "findings"), [(CLEAN, 0, 0), (CYCLE, 1, 1)])
def test_its_script_writes_the_reports_it_names(
    workshop: Workshop, read_yaml: Any, graph: str, code: int, findings: int
) -> None:
    pytest.importorskip("junitparser", reason="JUnit reports are an extra")
    (workshop.folder / "site.toml").write_text(graph)
    job = read_yaml(SNIPPET)["tierdeps"]
    done = workshop.run("bash", "-eo", "pipefail", "-c", "\n".join(job["script"]), TIERDEPS_GRAPHS="site.toml")
    assert done.returncode == code, done.stderr
    reports = job["artifacts"]["reports"]
    assert len(json.loads((workshop.folder / reports["codequality"]).read_text())) == findings
    assert (workshop.folder / reports["junit"]).read_text().count("<failure") == findings


def test_its_script_checks_each_graph_of_a_pattern_on_request(workshop: Workshop, read_yaml: Any) -> None:
    pytest.importorskip("junitparser", reason="JUnit reports are an extra")
    (workshop.folder / "graphs").mkdir()
    for name, text in {"a": CLEAN, "b": CYCLE, "c": CYCLE}.items():
        (workshop.folder / "graphs" / f"{name}.toml").write_text(text)
    job = read_yaml(SNIPPET)["tierdeps"]
    variables = {"TIERDEPS_GRAPHS": "graphs/*.toml", "TIERDEPS_OPTIONS": "--each"}
    done = workshop.run("bash", "-eo", "pipefail", "-c", "\n".join(job["script"]), **variables)
    assert done.returncode == 1, done.stderr
    reports = job["artifacts"]["reports"]
    found = json.loads((workshop.folder / reports["codequality"]).read_text())
    assert [item["location"]["path"] for item in found] == ["graphs/b.toml", "graphs/c.toml"]
    assert (workshop.folder / reports["junit"]).read_text().count("<testsuite ") == 3


def test_the_reports_are_kept_when_the_check_fails(read_yaml: Any) -> None:
    assert read_yaml(SNIPPET)["tierdeps"]["artifacts"]["when"] == "always"
