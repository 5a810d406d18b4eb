"""What is to be run: the plan of the graph, of the lock file, or of a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.cli._locked import locked_plan

if TYPE_CHECKING:
    from tierdeps.cli._instance.manner import Manner
    from tierdeps.cli._session import Session, Wanted
    from tierdeps.model import Plan


def planned(session: Session, wanted: Wanted, manner: Manner) -> Plan:
    """Make the plan; exits 1 with the findings where the graph has errors, or where the lock no longer holds."""
    graph = session.graph(wanted)
    if manner.locked is not None:
        plan = locked_plan(session, graph, wanted, manner.locked)
    else:
        session.refuse_errors(graph)
        plan = graph.collapse()
    if not manner.targets:
        return plan
    from tierdeps.executor import aimed

    return aimed(plan, manner.targets)
