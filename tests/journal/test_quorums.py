"""The quorums of a plan are recorded with a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from tests.page.test_documents import SCHEMA
from tests.test_schemas import closed
from tierdeps import requires, wants
from tierdeps.analysis.timeline import timeline_of
from tierdeps.journal.plan_summary import Need
from tierdeps.model import Step
from tierdeps.page import run_document

if TYPE_CHECKING:
    from tests.journal.conftest import Stage
    from tierdeps.journal import RunRecord


def run_with_quorums(stage: Stage) -> RunRecord:
    members = [stage.driver(f"mon@{name}") for name in "abc"]
    asking = stage.driver("mgr", requires("mon@*", atleast=2), wants("log"))
    other = stage.driver("osd", requires("mon@*", atleast=3), requires("log", on_loss="keep"))
    return stage.run(stage.plan(*members, stage.driver("log"), asking, other))


def test_a_recorded_plan_has_its_quorums(stage: Stage) -> None:
    summary = run_with_quorums(stage).plan_summary
    assert set(summary.needs("mgr", "start")) == {
        *(Need(Step(f"mon@{name}", "start"), "requires", 2) for name in "abc"),
        Need(Step("log", "start"), "wants"),
    }
    assert set(summary.needs("osd", "start")) == {
        *(Need(Step(f"mon@{name}", "start"), "requires", 3) for name in "abc"),
        Need(Step("log", "start"), "requires"),
    }


def test_the_page_of_a_start_has_its_quorums(stage: Stage) -> None:
    document: Any = run_document(timeline_of(run_with_quorums(stage)))
    Draft202012Validator(closed(SCHEMA)).validate(document)
    names = [driver["name"] for driver in document["drivers"]]
    edges = [edge for edge in document["edges"] if names[edge["from"]] == "mgr"]
    quorums = {names[edge["to"]]: edge.get("quorum") for edge in edges}
    assert quorums == {**{f"mon@{name}": "a quorum of 2" for name in "abc"}, "log": None}
