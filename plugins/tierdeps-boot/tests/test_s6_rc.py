"""Source folders of s6-rc: services, bundles and pipelines."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from foreign import found, read, said, write
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import peer

from tierdeps import DependencyGraph, InputError, Source
from tierdeps_boot.s6_rc import IMPORTER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ONESHOT, LONGRUN, BUNDLE = "oneshot\n", "longrun\n", "bundle\n"
#: A network with a log pipeline, a bundle of bundles, and both ways to name dependencies.
TREE = {
    "net/type": ONESHOT,
    "net/up": "true",
    "db/type": LONGRUN,
    "db/run": "#!/bin/sh\n",
    "db/dependencies": "net\n\n# words\n",
    "db/producer-for": "db-log\n",
    "db-log/type": LONGRUN,
    "db-log/run": "#!/bin/sh\n",
    "db-log/consumer-for": "db\n",
    "db-log/pipeline-name": "db-pipeline\n",
    "web/type": "longrun",
    "web/run": "#!/bin/sh\n",
    "web/dependencies.d/servers": "",
    "web/dependencies": "ignored\n",
    "servers/type": BUNDLE,
    "servers/contents": "db\n",
    "default/type": BUNDLE,
    "default/contents.d/servers": "",
    "default/contents.d/web": "",
    ".hidden/type": "x",
    "README": "words",
}
EDGES = {
    "db": ["requires net", "requires db-log"],
    "db-log": [],
    "db-pipeline": ["requires db-log", "requires db"],
    "default": ["requires servers", "requires web"],
    "net": [],
    "servers": ["requires db"],
    "web": ["requires servers"],
}


def test_services_bundles_and_pipelines_are_drivers(tmp_path: Path) -> None:
    declarations = read(IMPORTER, write(tmp_path, TREE))
    assert dict(sorted(said(declarations).items())) == EDGES
    assert declarations.findings == ()
    (order,) = [list(tier.drivers) for tier in DependencyGraph.of(declarations).collapse().tiers]
    assert order.index("db-log") < order.index("db") < order.index("servers") < order.index("web")


def test_each_name_knows_its_file_and_line(tmp_path: Path) -> None:
    origins = {
        item.target: (item.origin.file.removeprefix(f"{tmp_path}/"), item.origin.line)
        for driver in read(IMPORTER, write(tmp_path, TREE)).drivers
        for item in driver.dependencies
    }
    assert origins["net"] == ("db/dependencies", 1)
    assert origins["servers"] == ("web/dependencies.d/servers", None)


WRONG: list[tuple[dict[str, str], str]] = [
    ({"x/type": "longrn"}, "x/type:1: expected oneshot, longrun or bundle, got 'longrn'; did you mean 'longrun'?"),
    ({"x/up": ""}, "x/type: no such file"),
    ({"x/type": ONESHOT}, "x/type:1: a oneshot needs the file up"),
    ({"x/type": LONGRUN}, "x/type:1: a longrun needs the file run"),
    ({"x/type": BUNDLE}, "x: a bundle needs contents.d or contents"),
    (
        {"s6rc-x/type": BUNDLE, "s6rc-x/contents": ""},
        "s6rc-x/type:1: names that begin with s6rc- or s6-rc- are reserved",
    ),
    (
        {"x/type": LONGRUN, "x/run": "", "x/producer-for": "a\nb\n"},
        "x/producer-for:2: expected one service in producer-for, got another one",
    ),
    (
        {"x/type": LONGRUN, "x/run": "", "x/producer-for": "y", "y/type": LONGRUN, "y/run": ""},
        "x/producer-for:1: 'y' does not name 'x' in its consumer-for",
    ),
    (
        {"x/type": LONGRUN, "x/run": "", "x/consumer-for": "y"},
        "x/consumer-for:1: 'y' does not name 'x' in its producer-for",
    ),
]


@pytest.mark.parametrize(("files", "problem"), WRONG)
def test_what_cannot_be_read_is_a_finding_and_the_rest_is_read(
    tmp_path: Path, files: Mapping[str, str], problem: str
) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"ok/type": ONESHOT, "ok/up": "", **files}))
    assert "ok" in said(declarations)
    assert found(declarations, tmp_path) == [f"BT101 {problem}"]


def test_a_pipeline_name_of_another_service_is_a_warning(tmp_path: Path) -> None:
    files = {"x/type": LONGRUN, "x/run": "", "x/pipeline-name": "p"}
    declarations = read(IMPORTER, write(tmp_path, files))
    problem = "x/pipeline-name:1: pipeline-name is ignored: this is not the last consumer"
    assert found(declarations, tmp_path) == [f"BT102 {problem}"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"source/a/type": ONESHOT, "source/a/up": "", "other/type": ONESHOT})
    (tmp_path / "source/b").symlink_to(tmp_path / "other")
    declarations = read(IMPORTER, tmp_path / "source")
    assert list(said(declarations)) == ["a"]
    problem = "source/b: is a link that leads out of the folder, so it is not followed"
    assert found(declarations, tmp_path) == [f"BT101 {problem}"]


def test_several_source_folders_are_one_graph(tmp_path: Path) -> None:
    write(tmp_path, {"one/a/type": ONESHOT, "one/a/up": "", "one/a/dependencies": "b"})
    write(tmp_path, {"two/b/type": ONESHOT, "two/b/up": ""})
    both = read(IMPORTER, tmp_path / "one") | read(IMPORTER, tmp_path / "two")
    assert DependencyGraph.of(both).unresolved == ()


def test_other_folders_are_not_recognised(tmp_path: Path) -> None:
    write(tmp_path, {"a/run": "", "b/type": "something else", "type": ONESHOT})
    assert not IMPORTER.recognises(Source("x", tmp_path))
    assert not IMPORTER.recognises(Source("x", tmp_path / "missing"))


LINE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(("type", "run", "up", "dependencies", "contents", "producer-for")), LINE))
def test_any_content_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]) -> None:
    folder = tmp_path_factory.mktemp("s6")
    write(folder, {f"x/{name}": text for name, text in files.items()} | {"y/type": ONESHOT, "y/up": ""})
    assert "y" in said(read(IMPORTER, folder))


def test_a_folder_without_a_valid_service_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected oneshot, longrun or bundle"):
        IMPORTER.read(Source("x", write(tmp_path, {"a/type": "x"})))


COMPILER = peer("s6-rc-compile")
TREES: list[tuple[dict[str, str], bool]] = [
    (TREE, True),
    ({"a/type": ONESHOT, "a/up": "", "a/dependencies": "a"}, False),
    ({"a/type": BUNDLE, "a/contents": "b", "b/type": BUNDLE, "b/contents": "a"}, False),
    ({"a/type": ONESHOT, "a/up": "", "a/dependencies": "b"}, False),
    ({"a/type": ONESHOT}, False),
    ({"a/type": LONGRUN, "a/run": "", "a/dependencies": "b", "b/type": BUNDLE, "b/contents": "a"}, False),
    ({"a/type": BUNDLE, "a/contents": ""}, True),
]


@pytest.mark.skipif(COMPILER is None, reason="s6-rc-compile is not installed")
@pytest.mark.parametrize(("files", "valid"), TREES)
def test_s6_rc_compile_accepts_the_same_trees(tmp_path: Path, files: Mapping[str, str], valid: bool) -> None:
    folder = write(tmp_path / "source", files)
    command = (COMPILER or "", str(tmp_path / "compiled"), str(folder))
    accepted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert (accepted, is_right(folder)) == (valid, valid)


@pytest.mark.parametrize(("files", "valid"), TREES)
def test_only_trees_that_are_right_have_no_problems(tmp_path: Path, files: Mapping[str, str], valid: bool) -> None:
    assert is_right(write(tmp_path, files)) is valid


def is_right(folder: Path) -> bool:
    """Return whether a tree is right: everything in it is read, is there and has an order."""
    declarations = read(IMPORTER, folder)
    graph = DependencyGraph.of(declarations)
    return not (declarations.findings or graph.unresolved or graph.cycles())
