"""``--from`` says which importer reads a GRAPH, and ``--root`` which folder stands for /."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps.cli._inputs import is_address

if TYPE_CHECKING:
    from tests.cli.conftest import Ask
    from tests.manager.conftest import Site

GRAPH = '{"drivers": {"a": {}}}'
HOST = """
from tierdeps import Declarations, Importer

def read(source):
    return Declarations((Driver(f"root:{source.root}"), Driver(f"name:{source.name}")))

@hookimpl
def tierdeps_importers():
    return [Importer("acme", lambda source: source.name == "acme:", read)]
"""


def test_an_importer_reads_what_it_does_not_recognise(ask: Ask) -> None:
    Path("graph.txt").write_text(GRAPH)
    assert ask("order", "graph.txt").code == 2
    assert ask("order", "graph.txt", "--from", "json", "-q").out == ask("order", "graph.txt", "--from=yaml", "-q").out


def test_another_importer_than_the_first_one_reads_it(ask: Ask) -> None:
    Path("graph.json").write_text(GRAPH)
    answer = ask("order", "graph.json", "--from", "toml")
    assert answer.code == 2
    assert answer.err.startswith("error: graph.json: line 1, column 1: not valid TOML: ")


@pytest.mark.parametrize("command", [("check",), ("order",), ("graph",), ("lock",), ("why", "a", "--graph")])
def test_an_importer_that_is_none_is_named(ask: Ask, command: tuple[str, ...]) -> None:
    Path("graph.json").write_text(GRAPH)
    answer = ask(*command, "graph.json", "--from", "jsn")
    assert answer.code == 2
    assert answer.err.startswith("error: no importer is named 'jsn'; did you mean ")


@pytest.mark.parametrize("option", ["--from=json", "--root=/"])
def test_without_a_graph_there_is_nothing_to_read(ask: Ask, option: str) -> None:
    answer = ask("order", option)
    assert answer.code == 2
    assert answer.err == f"error: {option.replace('=', ' ')} says how a GRAPH is read; name one\n"


@pytest.mark.parametrize("root", ["missing", "graph.json", "a\0b"])
def test_a_root_is_a_folder(ask: Ask, root: str) -> None:
    Path("graph.json").write_text(GRAPH)
    answer = ask("order", "graph.json", "--root", root)
    assert answer.code == 2
    assert answer.err.endswith(": expected the folder that stands for /, for --root\n")


def test_an_importer_is_given_the_root_and_an_address_without_slashes(ask: Ask, site: Site) -> None:
    site.install("acme-host", HOST)
    Path("image").mkdir()
    answer = ask("order", "acme:", "--root", "image", "--format", "json")
    assert sorted(json.loads(answer.out)["drivers"]) == ["name:acme:", "root:image"]


@pytest.mark.parametrize(
    ("name", "expected"), [("systemd:", True), ("c:", False), ("systemd:x", False), ("a://", True), ("A:", False)]
)
def test_what_an_address_is(name: str, expected: bool) -> None:
    assert is_address(name) is expected
