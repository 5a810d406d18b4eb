"""Annotations of GitHub Actions, read back as the runner reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.code_locations import CodeLocations
from tierdeps.formats import View
from tierdeps.formats.check.github import render
from tierdeps.model import Evidence, Origin
from tierdeps.rules.runner import Selection

if TYPE_CHECKING:
    from tests.formats.conftest import Judge
    from tierdeps.model import CheckReport

#: As the runner takes a command apart: a name, properties up to the first ::, and the rest.
COMMAND = re.compile(r"::(?P<name>[a-z]+) (?P<properties>.*?)::(?P<data>.*)")


@dataclass(frozen=True)
class Annotation:
    severity: str
    properties: dict[str, str]
    text: str


def _read(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def annotations_of(report: CheckReport, view: View | None = None) -> list[Annotation]:
    found = []
    for line in list(render(report, view or View()))[:-1]:
        command = COMMAND.fullmatch(line)
        assert command, line
        pairs = (part.partition("=") for part in command["properties"].split(","))
        properties = {name: _read(value) for name, _, value in pairs}
        found.append(Annotation(command["name"], properties, _read(command["data"])))
    return found


def test_annotates_the_line_of_the_declaration(cyclic: CheckReport) -> None:
    assert [item.properties for item in annotations_of(cyclic)] == [
        {"file": "site.toml", "line": "6", "title": "TD101 cycle"},
        {"file": "site.toml", "line": "7", "title": "TD103 missing"},
    ]


def test_shows_all_evidence(cyclic: CheckReport) -> None:
    text = annotations_of(cyclic)[0].text
    assert text.startswith("2 drivers need each other in a cycle: qemu -> storage -> qemu\n")
    assert "because disks" in text
    assert "to fix, choose one:" in text


def test_severities_are_those_of_the_settings(judge: Judge) -> None:
    report = judge(b'[drivers.a]\nrequires = ["b"]\n', Selection(severity={"TD103": "warning"}))
    assert [item.severity for item in annotations_of(report)] == ["warning"]


def test_each_finding_is_one_line_whatever_the_names(hostile: CheckReport) -> None:
    found = annotations_of(hostile)
    assert len(found) == len(hostile.findings)
    assert "%0A,<script>" in found[0].text
    assert "\n::" not in found[0].text


def test_properties_cannot_be_broken_out_of(cyclic: CheckReport) -> None:
    name = "a,line=9::b%\n.toml"
    view = View(locations=CodeLocations(paths={"site.toml": name}))
    assert {item.properties["file"] for item in annotations_of(cyclic, view)} == {name}


def test_ends_with_a_line_for_who_reads_the_log(clean: CheckReport) -> None:
    assert list(render(clean, View())) == ["2 drivers, 1 dependency, 1 tier: no problems found"]


def test_is_never_coloured(cyclic: CheckReport) -> None:
    assert list(render(cyclic, View(color=True))) == list(render(cyclic, View()))


def test_what_is_not_in_the_repository_has_no_file_and_no_line(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations("home.toml", {"site.toml": ""}))
    assert [set(item.properties) for item in annotations_of(cyclic, view)] == [{"title"}, {"title"}]


def test_a_finding_without_any_file_is_about_the_one_that_was_checked(cyclic: CheckReport) -> None:
    finding = replace(cyclic.findings[1], evidence=(Evidence("said by nobody", Origin(distribution="depot")),))
    report = replace(cyclic, findings=(finding,))
    (found,) = annotations_of(report, View(locations=CodeLocations("home.toml")))
    assert found.properties == {"file": "home.toml", "title": "TD103 missing"}
    (found,) = annotations_of(report, View(locations=CodeLocations()))
    assert found.properties == {"title": "TD103 missing"}


def test_its_text_names_files_of_the_repository(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations(paths={"site.toml": "sub/there.toml"}))
    text = annotations_of(cyclic, view)[0].text
    assert "declared in sub/there.toml:6" in text
    assert "declared in site.toml" not in text


def test_nothing_that_a_terminal_acts_upon_is_left_of_a_file_name(cyclic: CheckReport) -> None:
    finding = replace(cyclic.findings[0], rule="\x1b[31mrule\u202e")
    (line, _) = render(replace(cyclic, findings=(finding,)), View())
    assert line.isprintable()
    assert "\\x1b[31mrule\\u202e" in line
