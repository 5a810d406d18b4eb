"""JUnit reports, read back by the library that CI systems' readers agree with."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tierdeps.code_locations import CodeLocations
from tierdeps.errors import InputError
from tierdeps.formats import View
from tierdeps.formats.check.junit import render
from tierdeps.rules.runner import Selection

if TYPE_CHECKING:
    from junitparser import TestCase

    from tests.formats.conftest import Judge
    from tierdeps.model import CheckReport

junitparser = pytest.importorskip("junitparser", reason="JUnit reports are an extra")


def cases(report: CheckReport, view: View | None = None) -> dict[str, TestCase]:
    suites = junitparser.JUnitXml.fromstring("\n".join(render(report, view or View())).encode())
    return {case.name: case for suite in suites for case in suite}


def test_a_rule_is_a_test_case(clean: CheckReport) -> None:
    found = cases(clean)
    assert list(found) == [f"{rule.code} {rule.name}" for rule in clean.rules]
    assert all(case.is_passed for case in found.values())


def test_errors_fail_the_case_of_their_rule_alone(cyclic: CheckReport) -> None:
    failed = {name: case for name, case in cases(cyclic).items() if not case.is_passed}
    assert list(failed) == ["TD101 cycle", "TD103 missing"]
    (failure,) = failed["TD101 cycle"].result
    assert failure.message == "2 drivers need each other in a cycle: qemu -> storage -> qemu"
    assert "site.toml:6" in failure.text


def attributes(report: CheckReport, view: View) -> dict[str, tuple[str | None, str | None]]:
    root = ET.fromstring("\n".join(render(report, view)))  # noqa: S314  it is our own
    return {case.attrib["name"]: (case.get("file"), case.get("line")) for case in root.iter("testcase")}


def test_a_case_names_the_file_in_the_repository_of_its_first_finding(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations(paths={"site.toml": "sub/there.toml"}))
    found = attributes(cyclic, view)
    assert found["TD101 cycle"] == ("sub/there.toml", "6")
    assert found["TD102 inversion"] == (None, None)
    (failure,) = cases(cyclic, view)["TD101 cycle"].result
    assert "declared in sub/there.toml:6" in failure.text


def test_a_case_whose_file_is_not_in_the_repository_names_none(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations(paths={"site.toml": ""}))
    assert set(attributes(cyclic, view).values()) == {(None, None)}


def test_a_file_s_name_is_written_so_that_it_can_be_read(cyclic: CheckReport) -> None:
    view = View(locations=CodeLocations(paths={"site.toml": "a\udcff\x01.toml"}))
    assert attributes(cyclic, view)["TD101 cycle"] == ("a\\udcff\\x01.toml", "6")


def test_several_errors_are_one_failure_that_reports_all(judge: Judge) -> None:
    (failure,) = cases(judge(b'[drivers.a]\nrequires = ["x", "y"]\n'))["TD103 missing"].result
    assert failure.message == "2 errors"
    assert "a requires x" in failure.text
    assert "a requires y" in failure.text


def test_warnings_pass_and_are_reported(judge: Judge) -> None:
    report = judge(b'[drivers.a]\nrequires = ["x"]\n', Selection(severity={"TD103": "warning"}))
    case = cases(report)["TD103 missing"]
    assert case.is_passed
    assert "warning[TD103]" in case.system_out


def test_counts_agree(cyclic: CheckReport) -> None:
    suites = junitparser.JUnitXml.fromstring("\n".join(render(cyclic, View())).encode())
    (suite,) = suites
    assert (suite.tests, suite.failures, suite.errors) == (len(cyclic.rules), 2, 0)


def test_names_of_users_are_text_and_no_markup(hostile: CheckReport) -> None:
    (failure,) = cases(hostile)["TD101 cycle"].result
    assert "<script>@team]]>\\x1b[31m" in failure.text


def test_nothing_of_the_machine_is_in_it(cyclic: CheckReport) -> None:
    assert list(render(cyclic, View())) == list(render(cyclic, View()))
    assert "timestamp" not in "\n".join(render(cyclic, View()))


def test_says_what_to_install_where_the_library_is_missing(
    cyclic: CheckReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "junitparser", None)
    with pytest.raises(InputError, match=r"the format junit: it needs junitparser: pip install 'tierdeps\[junit\]'"):
        list(render(cyclic, View()))
