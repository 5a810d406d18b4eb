"""A report as SARIF 2.1.0, for code hosts that follow findings from commit to commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tierdeps._util.json_text import record
from tierdeps._util.text import printable
from tierdeps._util.version import VERSION
from tierdeps.baseline.identity import fingerprints
from tierdeps.code_locations import CodeLocation
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.rule_codes import page_of
from tierdeps.words.documents import lines
from tierdeps.words.findings import fix_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.code_locations import CodeLocations
    from tierdeps.formats.check import Checks, GraphCheck
    from tierdeps.model import CheckReport, Evidence, Finding, RuleInfo
    from tierdeps.words.documents import Json

#: The base of all paths.
ROOT = "%SRCROOT%"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: The maximal number of related locations of a finding: code hosts accept some hundreds.
LOCATED = 100
#: The indent of a result in the text of the log: that of a value of a list in a table in a list in a table.
_RESULT_INDENT = " " * 8


def render(report: CheckReport, view: View) -> Iterator[str]:
    """Yield the log's lines; every finding is in it."""
    log = _log(report.rules, _results(report, view.locations, known=view.known))
    notes: list[Json] = [
        *(_note("error", text) for text in report.failures),
        *(_note("note", text) for text in report.gaps),
    ]
    if notes:
        done = not report.failures
        log["runs"][0]["invocations"] = [{"executionSuccessful": done, "toolExecutionNotifications": notes}]
    return lines(log)


def render_each(checks: Checks, view: View) -> Iterator[str]:
    """Yield the lines of one log of all graphs, in one run: code hosts accept only one run of a tool.

    A graph that could not be checked is a notification: the run was not successful.
    """
    reported = [(check, check.report) for check in checks.checks if check.report is not None]
    results: list[Json] = []
    for check, report in reported:
        graph = check.locations.home or check.graph
        results += _results(report, check.locations, known=view.known, graph=graph)
    log = _log(reported[0][1].rules if reported else (), results)
    notes: list[Json] = [_notification(check) for check in checks.checks if check.report is None]
    if notes:
        log["runs"][0]["invocations"] = [{"executionSuccessful": False, "toolExecutionNotifications": notes}]
    return lines(log)


def _note(level: str, text: str) -> dict[str, Json]:
    return {"level": level, "message": {"text": printable(text)}}


def _notification(check: GraphCheck) -> Json:
    found = _note("error", check.problem)
    if check.locations.home:
        found["locations"] = [_location(CodeLocation(check.locations.home))]
    return found


def _log(rules: Iterable[RuleInfo], results: list[Json]) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(rules)},
                "columnKind": "unicodeCodePoints",
                # without the path of the root, the log is the same on all machines
                "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
                "results": results,
            }
        ],
    }


def _driver(rules: Iterable[RuleInfo]) -> Json:
    return {
        "name": "tierdeps",
        "semanticVersion": VERSION,
        "version": VERSION,
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: RuleInfo) -> Json:
    meaning, how_to_fix = " ".join(rule.meaning.split()), " ".join(rule.how_to_fix.split())
    hint = f"\n\n{printable(rule.hint)}" if rule.hint else ""
    page = page_of(rule.code)
    more = "" if page else f"\n\nAn example is shown by: tierdeps explain {rule.code}"
    found: dict[str, Json] = {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": meaning.partition(". ")[0].rstrip(".") + "."},
        "fullDescription": {"text": meaning},
        "help": {"text": f"{meaning}\n\n{how_to_fix}{hint}{more}"},
        "defaultConfiguration": {"level": str(rule.severity)},
    }
    if page:
        found["helpUri"] = page
    return found


def _results(report: CheckReport, locations: CodeLocations, *, known: bool, graph: str = "") -> list[Json]:
    """Return the results; where known findings are shown, every result says whether it is suppressed."""
    index = {rule.code: number for number, rule in enumerate(report.rules)}
    shown = (*report.findings, *(report.known if known else ()))
    found: list[Json] = []
    for finding, mark in zip(shown, fingerprints(shown, graph), strict=True):
        result = _result(finding, index[finding.code], mark, locations)
        if known:
            result["suppressions"] = _suppressions(finding, locations)
        if graph:
            result["properties"] = {"graph": printable(graph)}
        found.append(record(result, _RESULT_INDENT))
    return found


def _suppressions(finding: Finding, locations: CodeLocations) -> list[Json]:
    excuse = finding.excuse
    if excuse is None:
        return []
    terms = (f"owner: {excuse.owner}" if excuse.owner else "", f"until: {excuse.until}" if excuse.until else "")
    reason = "; ".join((excuse.reason, *filter(None, terms)))
    found: dict[str, Json] = {"kind": "external", "status": "accepted", "justification": printable(reason)}
    location = locations.of(excuse.origin) if excuse.origin else None
    if location is not None:
        found["location"] = _location(location)
    return [found]


def _result(finding: Finding, index: int, mark: str, locations: CodeLocations) -> dict[str, Json]:
    """Return one result; the fingerprint is the finding's identity under the name that code scanning reads, too."""
    located = [(item, location) for item in finding.evidence[:LOCATED] if (location := locations.of(item.origin))]
    found: dict[str, Json] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": str(finding.severity),
        "message": {"text": _text(locations.relocated(finding))},
        "locations": [_location(locations.first(finding))],
        "partialFingerprints": {"tierdeps/v1": mark, "primaryLocationLineHash": f"{mark[:16]}:1"},
    }
    if located:
        found["relatedLocations"] = [_related(number, *pair) for number, pair in enumerate(located, 1)]
    if finding.cycle is not None and located:
        found["codeFlows"] = [
            {"threadFlows": [{"locations": [{"location": _related_text(*pair)} for pair in located]}]}
        ]
    return found


def _text(finding: Finding) -> str:
    hint = (f"  hint: {printable(finding.hint)}",) if finding.hint else ()
    return "\n".join((printable(finding.message), *hint, *fix_lines(finding.fixes)))


def _location(location: CodeLocation) -> dict[str, Json]:
    """Return a place: without a line, where none is known, the whole file."""
    place: dict[str, Json] = {"artifactLocation": _artifact(location.file)}
    if location.line:
        place["region"] = {"startLine": location.line}
    found: dict[str, Json] = {"physicalLocation": place}
    if location.key:
        found["logicalLocations"] = [{"fullyQualifiedName": location.key}]
    return found


def _artifact(file: str) -> Json:
    # names are bytes, which need not be UTF-8
    path = quote(os.fsencode(file))
    return {"uri": f"file://{path}"} if path.startswith("/") else {"uri": path, "uriBaseId": ROOT}


def _related_text(evidence: Evidence, location: CodeLocation) -> dict[str, Json]:
    reason = f", because {evidence.reason}" if evidence.reason else ""
    when = f", when {evidence.when}" if evidence.when else ""
    return {**_location(location), "message": {"text": printable(evidence.text + when + reason)}}


def _related(number: int, evidence: Evidence, location: CodeLocation) -> dict[str, Json]:
    return {"id": number, **_related_text(evidence, location)}


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("check", "sarif", render, render_each),)
