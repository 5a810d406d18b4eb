"""A report as a JUnit report, an extra (``pip install tierdeps[junit]``): a rule is a test case, failed by errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.text import printable
from tierdeps.errors import InputError
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.model import Severity
from tierdeps.words.findings import finding_lines
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from junitparser import TestCase, TestSuite

    from tierdeps.formats.check import Checks
    from tierdeps.model import CheckReport, Finding, RuleInfo


def render(report: CheckReport, view: View) -> Iterator[str]:
    """Yield the report's lines. Raises InputError where the library is not installed."""
    _require_library()
    return _report([_suite(f"tierdeps {report.command}", report, view)])


def render_each(checks: Checks, view: View) -> Iterator[str]:
    """Yield the lines of a report with a suite for each graph; one that could not be checked is an error."""
    _require_library()
    suites = []
    for check in checks.checks:
        name = printable(f"tierdeps check {check.graph}")
        if check.report is None:
            suites.append(_broken(name, check.problem))
        else:
            suites.append(_suite(name, check.report, replace(view, locations=check.locations)))
    return _report(suites)


def _require_library() -> None:
    try:
        import junitparser  # noqa: F401  only whether it is there
    except ImportError:
        raise InputError("the format junit", "it needs junitparser: pip install 'tierdeps[junit]'") from None


def _report(suites: Iterable[TestSuite]) -> Iterator[str]:
    from junitparser import JUnitXml

    report = JUnitXml("tierdeps")
    for suite in suites:
        report.add_testsuite(suite)
    text: bytes = report.tostring()  # type: ignore[no-untyped-call]
    yield from text.decode().splitlines()


def _suite(name: str, report: CheckReport, view: View) -> TestSuite:
    from junitparser import TestSuite

    suite = TestSuite(name)
    suite.add_testcases([_case(rule, report, view) for rule in report.rules])
    suite.add_testcases(list(_unexamined(report)))
    return suite


def _unexamined(report: CheckReport) -> Iterator[TestCase]:
    """Yield a test case for each failure, which is an error, and for each gap, which is skipped."""
    from junitparser import Error, Skipped, TestCase

    texts = [(text, Error) for text in report.failures] + [(text, Skipped) for text in report.gaps]
    for text, result in texts:
        case = TestCase(printable(text), classname=f"tierdeps.{report.command}")
        case.result = [result(printable(text))]
        yield case


def _broken(name: str, problem: str) -> TestSuite:
    from junitparser import Error, TestCase, TestSuite

    case = TestCase("the graph can be checked", classname="tierdeps.check")
    case.result = [Error(printable(problem), "tierdeps")]
    suite = TestSuite(name)
    suite.add_testcases([case])
    return suite


def _case(rule: RuleInfo, report: CheckReport, view: View) -> TestCase:
    """Return the test case of a rule: readers expect at most one failure in it, so that one has all errors."""
    from junitparser import Attr, Failure, TestCase

    class LocatedCase(TestCase):
        """A test case with a location in the repository, which readers link to."""

        file = Attr()
        line = Attr()

    found = [finding for finding in report.findings if finding.code == rule.code]
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    case = LocatedCase(f"{rule.code} {rule.name}", classname=f"tierdeps.{report.command}")
    if location := next(filter(None, map(view.locations.known, errors or found)), None):
        case.file = printable(location.file)
        if location.line:
            case.line = str(location.line)
    if errors:
        message = printable(errors[0].message) if len(errors) == 1 else counted(len(errors), "error")
        failure = Failure(message, rule.code)
        failure.text = _story(errors, view)
        case.result = [failure]
    if warnings := [finding for finding in found if finding.severity is not Severity.ERROR]:
        case.system_out = _story(warnings, view)
    return case


def _story(findings: list[Finding], view: View) -> str:
    return "\n".join(
        line for finding in findings for line in finding_lines(view.locations.relocated(finding), view.plain)
    )


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("check", "junit", render, render_each),)
