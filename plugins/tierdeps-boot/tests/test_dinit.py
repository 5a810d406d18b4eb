"""Folders of dinit's service descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from foreign import found, pieces, read, said, write
from hypothesis import given, settings

from tierdeps import DependencyGraph, Source
from tierdeps_boot.dinit import IMPORTER
from tierdeps_boot.dinit.settings import InvalidValueError, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = {
    "boot": "type = internal\nwaits-for.d = boot.d\n",
    "boot.d/sshd": "",
    "boot.d/.hidden": "",
    "net": '# network\ntype = scripted\ncommand = /bin/net up  # words\ndepends-on: "dev"\nbefore = sshd\n',
    "dev": "type = scripted\ncommand = dev\n",
    "sshd": "type = process\ncommand = /usr/sbin/sshd -D\ndepends-ms = keys\nafter = log\nchain-to = nothing\n",
    "keys": "type = scripted\ncommand = k\n@include-opt none\n@include parts/base\n@meta enable-via boot\n",
    "parts/base": "depends-on = dev\nwaits-for = getty@tty1\n",
    "log": "type = bgprocess\ncommand = log\n",
    "getty": "type = process\ncommand = getty $1\ndepends-on = line@$1\n",
    "line": "type = process\ncommand = line ${1}\n",
}
EDGES = {
    "boot": ["wants sshd?"],
    "dev": [],
    "getty@tty1": ["requires line@tty1"],
    "keys": ["requires dev", "wants getty@tty1"],
    "line@tty1": [],
    "log": [],
    "net": ["requires dev", "before sshd"],
    "sshd": ["requires keys", "after log"],
}


def test_descriptions_are_drivers_and_templates_are_those_that_are_used(tmp_path: Path) -> None:
    declarations = read(IMPORTER, write(tmp_path, FOLDER))
    assert said(declarations) == EDGES
    assert declarations.findings == ()
    (order,) = [list(tier.drivers) for tier in DependencyGraph.of(declarations).collapse().tiers]
    assert order.index("net") < order.index("sshd")


def test_what_is_lost_stops_what_depends_on_it_but_not_on_its_milestone(tmp_path: Path) -> None:
    files = {"a": "type = internal\ndepends-on = b\ndepends-ms = c\nwaits-for = d\n"}
    (driver,) = read(IMPORTER, write(tmp_path, files)).drivers
    assert [item.coupling.on_loss for item in driver.dependencies] == ["stop", "keep", None]


def test_each_dependency_knows_its_file_and_line(tmp_path: Path) -> None:
    origins = {
        (driver.name, item.target): (item.origin.file.removeprefix(f"{tmp_path}/"), item.origin.line)
        for driver in read(IMPORTER, write(tmp_path, FOLDER)).drivers
        for item in driver.dependencies
    }
    assert origins["net", "sshd"] == ("net", 5)
    assert origins["keys", "dev"] == ("parts/base", 1)
    assert origins["boot", "sshd"] == ("boot.d/sshd", None)


WRONG = [
    ("type = proces\n", "x:1: the type of 'x' cannot be 'proces'; did you mean 'process'?"),
    ("type = process\n", "x:1: 'x' has no command, which its type process needs"),
    ("type = internal\nwords\n", "x:2: expected NAME = VALUE"),
    ("type = internal\n-a = b\n", "x:2: expected NAME = VALUE"),
    ("type = internal\ndepend-on = ok\n", "x:2: no setting is named 'depend-on'; did you mean 'depends-on'?"),
    ("type = internal\ndepends-on = ok#1\n", "x:2: depends-on: expected a blank before the comment"),
    ('type = internal\ndepends-on = "ok\n', "x:2: depends-on: expected a quote at the end"),
    ("type = internal\ndepends-on = ok\\", "x:2: depends-on: expected a character after the backslash"),
    ("type = internal\ndepends-on =\n", "x:2: depends-on of 'x' names no service"),
    (
        "type = internal\ndepends-on = $NAME\n",
        "x:2: depends-on of 'x' refers to a variable, '$NAME', which is only known when dinit runs",
    ),
    ("type = internal\n@include none\n", "x:2: 'none': no such file"),
    ("type = internal\n@include /etc/hostname\n", "x:2: '/etc/hostname' is outside the folder, so it is not read"),
    ("type = internal\ndepends-on.d = none\n", "x:2: 'none': no such folder"),
    ("type = internal\ndepends-on.d = ../..\n", "x:2: '../..' is outside the folder, so it is not read"),
]


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_cannot_be_read_is_a_finding_and_the_rest_is_read(tmp_path: Path, text: str, problem: str) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"ok": "type = internal\n", "x": text}))
    assert set(said(declarations)) == {"ok", "x"}
    assert found(declarations, tmp_path) == [f"BT101 {problem}"]


def test_what_is_no_description_is_no_service(tmp_path: Path) -> None:
    files = {"README": "Words: about this folder.\n\nMore words\n", "logo.png": "\x89PNG\n", "ok": "type = internal\n"}
    write(tmp_path, files)
    (tmp_path / "data").write_bytes(b"\xff\xfe")
    declarations = read(IMPORTER, tmp_path)
    assert list(said(declarations)) == ["ok"]
    assert declarations.findings == ()


def test_a_service_needs_no_type(tmp_path: Path) -> None:
    files = {"boot": "waits-for = ok\n", "run": "command = x\n", "ok": "type = internal\n"}
    declarations = read(IMPORTER, write(tmp_path, files))
    assert said(declarations) == {"boot": ["wants ok"], "ok": [], "run": []}
    assert declarations.findings == ()


def test_files_that_include_each_other_end(tmp_path: Path) -> None:
    files = {"x": "type = internal\n@include y\n", "y": "type = internal\n@include x\n", "ok": "type = internal\n"}
    declarations = read(IMPORTER, write(tmp_path, files))
    limits = "expected no more than 100 included files, 8 of them one in the next"
    assert {limits in item for item in found(declarations, tmp_path)} == {True}


def test_a_file_that_includes_itself_many_times_ends(tmp_path: Path) -> None:
    files = {"x": "type = internal\n" + "@include x\n" * 50}
    assert list(said(read(IMPORTER, write(tmp_path, files)))) == ["x"]


def test_a_template_that_requires_itself_with_ever_longer_arguments_ends(tmp_path: Path) -> None:
    files = {"a": "type = internal\ndepends-on = a@x$1\n", "ok": "type = internal\ndepends-on = a@\n"}
    declarations = read(IMPORTER, write(tmp_path, files))
    assert "ok" in said(declarations)
    assert found(declarations, tmp_path) == ["BT101 a:1: 'a' is required with more than 500 arguments"]


def test_the_folders_of_an_image_are_read_and_the_first_ones_count(tmp_path: Path) -> None:
    files = {
        "etc/dinit.d/boot": "type = internal\nwaits-for.d = boot.d\ndepends-on.d = /etc/dinit.d/needed\n",
        "etc/dinit.d/boot.d/web": "",
        "etc/dinit.d/needed/net": "",
        "usr/lib/dinit.d/web": "type = process\ncommand = w\n@include /usr/lib/dinit.d/parts/common\n",
        "usr/lib/dinit.d/parts/common": "depends-on = net\n",
        "usr/lib/dinit.d/boot": "type = internal\ndepends-on = nothing\n",
        "usr/lib/dinit.d/net": "type = scripted\ncommand = n\n",
    }
    declarations = read(IMPORTER, write(tmp_path, files))
    assert said(declarations) == {"boot": ["wants web?", "requires net"], "net": [], "web": ["requires net"]}
    assert declarations.findings == ()
    alone = IMPORTER.read(Source("x", tmp_path / "etc/dinit.d", root=tmp_path))
    assert said(alone) == {"boot": ["wants web?", "requires net"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [(" a  b ", "a b"), (' "a  # b" c', "a  # b c"), (r" \# \" \\ ", '# " \\'), (" a # b", "a"), ("", ""), ("#", "")],
)
def test_values_are_read_as_dinit_reads_them(text: str, value: str) -> None:
    assert value_of(text) == value


def test_a_value_that_dinit_refuses_is_refused() -> None:
    with pytest.raises(InvalidValueError):
        value_of("a#b")


@pytest.mark.parametrize(
    ("files", "is_it"),
    [
        ({"a": "type = process\n"}, True),
        ({"a": "command = x\n", "b": "\n  type: internal\n"}, True),
        ({"a.service": "[Service]\nType=oneshot\n"}, False),
        ({"a": "types = process\n"}, False),
        ({"a/type": "type = process"}, False),
    ],
)
def test_a_folder_is_recognised_by_the_types_in_it(tmp_path: Path, files: Mapping[str, str], is_it: bool) -> None:
    assert IMPORTER.recognises(Source("x", write(tmp_path, files))) is is_it


WORDS = 'type = process internal depends-on waits-for.d before $1 $NAME @include " \\ # += : x'


@settings(max_examples=40)
@given(pieces(WORDS, "\n", " ", "\0"))
def test_any_text_is_read(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = write(tmp_path_factory.mktemp("dinit"), {"ok": "type = internal\n", "x": text})
    assert "ok" in said(read(IMPORTER, folder))
