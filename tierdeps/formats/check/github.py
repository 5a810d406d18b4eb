"""A report as annotations on a code host: workflow commands of GitHub Actions, one for each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.text import printable, without_commands
from tierdeps.code_locations import CodeLocation
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.findings import finding_lines, summary_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.formats.check import Checks
    from tierdeps.model import CheckReport, Finding


def render(report: CheckReport, view: View) -> Iterator[str]:
    """Yield a command for each finding, and a last line for the log.

    A finding whose file is not in the repository is annotated on the job.
    """
    for finding in report.findings:
        yield _command(finding, view)
    title = f"title={_property(f'tierdeps {report.command}')}"
    yield from (f"::error {title}::{_data(printable(text))}" for text in report.failures)
    yield from (f"::notice {title}::{_data(printable(text))}" for text in report.gaps)
    yield summary_line(report)


def _command(finding: Finding, view: View) -> str:
    location = view.locations.known(finding) or CodeLocation("")
    properties = {"file": location.file, "line": str(location.line or ""), "title": f"{finding.code} {finding.rule}"}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{finding.severity} {given}::{_data(_text(finding, view))}"


def _text(finding: Finding, view: View) -> str:
    """Return the full text of a finding without the code in its first line, which is in the annotation's title."""
    lines = finding_lines(view.locations.relocated(finding), view.plain)
    next(lines)
    return "\n".join((printable(finding.message), *lines)).rstrip()


def _data(text: str) -> str:
    """Escape characters that would end the message of a command, and control characters."""
    return "\n".join(map(printable, text.split("\n"))).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape characters that would end a property of a command."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def render_each(checks: Checks, view: View) -> Iterator[str]:
    """Yield the commands of all graphs; one that could not be checked is an annotation too."""
    for check in checks.checks:
        if check.report is None:
            file = f"file={_property(check.locations.home)}," if check.locations.home else ""
            yield f"::error {file}title=tierdeps check::{_data(printable(check.problem))}"
        else:
            *commands, summary = render(check.report, replace(view, locations=check.locations))
            yield from commands
            yield without_commands(f"{printable(check.graph)}: {summary}")
    yield checks.summary


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("check", "github", render, render_each, commands=True),)
