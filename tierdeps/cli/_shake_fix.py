"""``shake --fix``: the dependencies that were found are written into the graph files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.cli._fix import Fixer, write_fixed
from tierdeps.errors import TierdepsError
from tierdeps.importers.graphfile.changes import edit_of

if TYPE_CHECKING:
    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.importers.graphfile.changes import Edit
    from tierdeps.model import Finding, Shaking


def fix(session: Session, graph_request: GraphRequest, shaking: Shaking) -> tuple[Finding, ...]:
    """Write what can be written, and return the findings it fixes: each only if the graph has no new error then."""
    fixer = Fixer(session)
    fixed: list[Finding] = []
    for finding in shaking.check.findings:
        before = dict(session.texts)
        edit = _edit(session, graph_request, finding)
        if edit is None or not fixer.apply(edit):
            continue
        if _is_sound(session, graph_request):
            fixed.append(finding)
        else:
            fixer.fixed -= 1
            session.texts.clear()
            session.texts.update(before)
    if fixer.fixed:
        write_fixed(session, fixer)
    elif shaking.check.findings:
        session.info("nothing was fixed: no finding has exactly one safe fix in a graph file")
    return tuple(fixed)


def _edit(session: Session, graph_request: GraphRequest, finding: Finding) -> Edit | None:
    changes = [item.change for item in finding.fixes if item.change is not None]
    if len(changes) != 1:
        return None
    graph = session.graph(graph_request)
    edit = edit_of(changes[0], graph.drivers, graph.declarations)
    return edit if edit is not None and Path(edit.file).is_file() else None


def _is_sound(session: Session, graph_request: GraphRequest) -> bool:
    """Return whether the graph has a plan as it would be written."""
    try:
        return session.run_rules_for_plan(session.graph(graph_request)).report().ok
    except TierdepsError:
        return False
