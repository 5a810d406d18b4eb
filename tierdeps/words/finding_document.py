"""Findings as plain values, for JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.rule_codes import UNDECLARED_DEPENDENCY
from tierdeps.words.documents import edge_document, origin_document

if TYPE_CHECKING:
    from tierdeps.model import Cycle, Excuse, Finding, Fix
    from tierdeps.words.documents import Json


def _cycle(cycle: Cycle) -> Json:
    found: dict[str, Json] = {
        "members": list(cycle.members),
        "path": list(cycle.path),
        "edges": [edge_document(edge) for edge in cycle.edges],
        "break": [{"from": edge.dependent.driver, "to": edge.needed.driver} for edge in cycle.feedback_arcs],
        "break_is_smallest": cycle.exact,
        "breaks_as_small": cycle.equal_count if cycle.all_counted else None,
        "when": list(cycle.when),
    }
    return {**found, "break_is_quick": True} if cycle.quick else found


def _fix(fix: Fix) -> Json:
    fields: dict[str, Json] = {
        "action": fix.change.action if fix.change else None,
        "summary": fix.summary,
        "proof": fix.proof or None,
    }
    if fix.parts:
        fields["dependencies"] = [{"text": part.text, "origin": origin_document(part.origin)} for part in fix.parts]
    return fields


def finding_document(finding: Finding) -> dict[str, Json]:
    """Return a finding as plain values."""
    found: dict[str, Json] = {
        "code": finding.code,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "drivers": list(finding.drivers),
        "origins": [origin_document(origin) for origin in finding.origins],
        "fixes": [_fix(fix) for fix in finding.fixes],
    }
    if finding.code == UNDECLARED_DEPENDENCY.code:  # what was seen is written nowhere else
        found["evidence"] = [item.text for item in finding.evidence]
    if finding.hint:
        found["hint"] = finding.hint
    if finding.cycle is not None:
        found["cycle"] = _cycle(finding.cycle)
    if finding.excuse is not None:
        found["excuse"] = _excuse(finding.excuse)
    return found


def _excuse(excuse: Excuse) -> Json:
    return {
        "reason": excuse.reason,
        "owner": excuse.owner or None,
        "until": excuse.until.isoformat() if excuse.until else None,
        "origin": origin_document(excuse.origin),
    }
