"""``tierdeps diff --each``: graphs that have nothing to do with each other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.repositories import commit, git, put

if TYPE_CHECKING:
    from tests.cli.conftest import Ask


@pytest.fixture
def alike(repository: Ask) -> Ask:
    """Two graphs with drivers of the same names, and a third one that is committed later."""
    put("alike/one.toml", "[drivers.a]\nrequires = ['b']\n[drivers.b]\n")
    put("alike/two.toml", "[drivers.a]\n[drivers.b]\n")
    commit("alike")
    put("alike/two.toml", "[drivers.a]\n[drivers.b]\nrequires = ['a']\n")
    put("alike/three.toml", "[drivers.a]\n")
    commit("changed")
    return repository


def test_each_graph_is_compared_by_itself(alike: Ask) -> None:
    answer = alike("diff", "--each", "HEAD~1..HEAD", "alike/*.toml")
    assert (answer.code, answer.err) == (0, "")
    assert [line for line in answer.out.splitlines() if " -> " in line and not line.startswith(" ")] == [
        "HEAD~1:alike/three.toml -> HEAD:alike/three.toml: graph added; 1 driver added",
        "HEAD~1:alike/two.toml -> HEAD:alike/two.toml: 1 driver moved; 1 dependency added",
    ]
    assert "\n\nHEAD~1:alike/two.toml" in answer.out
    text = alike("diff", "--each", "HEAD~1..HEAD", "alike/*.toml", "--format", "markdown").out
    assert "\n\n**`HEAD~1:alike/two.toml`" in text


def test_a_renamed_graph_has_its_name_of_each_side(alike: Ask) -> None:
    git("mv", "alike/one.toml", "one.toml")
    commit("renamed")
    out = alike("diff", "--each", "HEAD~1..HEAD", "alike/*.toml", "one.toml").out
    assert out.startswith("HEAD~1:alike/one.toml -> HEAD:one.toml: graph renamed\n")
    assert out.count("graph renamed") == 1


def test_each_graph_has_a_json_document_of_its_own(alike: Ask) -> None:
    text = alike("diff", "--each", "HEAD~1", "alike/*.toml", "--format", "json").out
    found = {}
    while text:
        answer, end = json.JSONDecoder().raw_decode(text)
        found[answer["new"]] = answer["changed"]
        text = text[end:].lstrip()
    assert found == {
        "working tree:alike/one.toml": False,
        "working tree:alike/three.toml": True,
        "working tree:alike/two.toml": True,
    }


def test_the_exit_code_is_that_of_any_graph(alike: Ask) -> None:
    assert alike("diff", "--each", "--exit-code", "HEAD~1", "alike/*.toml").code == 1
    assert alike("diff", "--each", "--exit-code", "HEAD~1", "alike/one.toml", "graphs/site.toml").code == 0


def test_a_disabled_driver_has_to_be_in_one_of_the_graphs_alone(alike: Ask) -> None:
    put("tierdeps.toml", 'disable = ["clock"]\n')
    assert alike("diff", "--each", "HEAD~1", "alike/one.toml", "graphs/site.toml").code == 0
    assert alike("diff", "--each", "HEAD~1", "alike/one.toml").code == 2


def test_what_cannot_be_read_is_named_with_its_revision(alike: Ask) -> None:
    put("alike/two.toml", "[drivers")
    commit("broken")
    answer = alike("diff", "--each", "HEAD~1..HEAD", "alike/*.toml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: HEAD:alike/two.toml: line 1: not valid TOML")


def test_two_files_are_not_each_compared(alike: Ask) -> None:
    answer = alike("diff", "--each", "alike/one.toml", "alike/two.toml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: --each requires revisions")
