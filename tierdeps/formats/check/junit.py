"""A verdict as a JUnit report, an extra (``pip install tierdeps[junit]``): a rule is a test case, failed by errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.model import Severity
from tierdeps.words.findings import finding_lines
from tierdeps.words.printable import printable
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from junitparser import TestCase

    from tierdeps.model import Finding, RuleInfo, Verdict


def render(verdict: Verdict, view: View) -> Iterator[str]:
    """Yield the report's lines. Raises InputError where the library is not installed."""
    try:
        from junitparser import JUnitXml, TestSuite
    except ImportError:
        raise InputError("the format junit", "it needs junitparser: pip install 'tierdeps[junit]'") from None
    suite = TestSuite("tierdeps check")
    suite.add_testcases([_case(rule, verdict, view) for rule in verdict.rules])
    report = JUnitXml("tierdeps")
    report.add_testsuite(suite)
    text: bytes = report.tostring()  # type: ignore[no-untyped-call]
    yield from text.decode().splitlines()


def _case(rule: RuleInfo, verdict: Verdict, view: View) -> TestCase:
    """Make a rule's case: readers of such reports expect one failure at most, so it tells of all errors."""
    from junitparser import Attr, Failure, TestCase

    class LocatedCase(TestCase):
        """A case with the place in the repository that readers link to."""

        file = Attr()
        line = Attr()

    found = [finding for finding in verdict.findings if finding.code == rule.code]
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    case = LocatedCase(f"{rule.code} {rule.name}", classname="tierdeps.check")
    if spot := next(filter(None, map(view.spots.known, errors or found)), None):
        case.file = printable(spot.file)
        if spot.line:
            case.line = str(spot.line)
    if errors:
        message = printable(errors[0].message) if len(errors) == 1 else counted(len(errors), "error")
        failure = Failure(message, rule.code)
        failure.text = _story(errors, view)
        case.result = [failure]
    if warnings := [finding for finding in found if finding not in errors]:
        case.system_out = _story(warnings, view)
    return case


def _story(findings: list[Finding], view: View) -> str:
    return "\n".join(line for finding in findings for line in finding_lines(view.spots.relocated(finding), view.plain))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("check", "junit", render),)
