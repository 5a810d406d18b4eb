"""What ``context.get`` finds: nothing but what is declared, done, and there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import UndeclaredDependency
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run
    from tierdeps.model import Wait

#: What a driver without a life cycle is to those who look it up.
PLAIN = Lifecycle()


def look_up(run: Run, node: Node, phase: str, name: str) -> Lifecycle | None:
    """Return the life cycle that a driver may use under a name, or None where it is not there."""
    planned = node.planned
    known = False
    for wait in _matching(planned.waits[: node.at + 1], name):
        known = True
        needed = run.node(wait.step.driver)
        if _is_there(needed, wait):
            return needed.lifecycle or PLAIN
    if known or any(target == name or target.startswith(f"{name}:") for target in planned.absent):
        return None
    raise UndeclaredDependency(node.name, phase, name, _why(node, name))


def _matching(waits: tuple[tuple[Wait, ...], ...], name: str) -> Iterator[Wait]:
    """Yield what is declared under a name; a ``before`` is declared by the other one, who is not used by it."""
    for group in waits:
        for wait in group:
            if name in (wait.target, wait.step.driver) and wait.kind is not Kind.BEFORE:
                yield wait


def _is_there(needed: Node, wait: Wait) -> bool:
    if needed.state is State.ADOPTED:
        return True
    done = needed.at > needed.planned.phases.index(wait.step.phase)
    gone = needed.undone and wait.kind is not Kind.REQUIRES  # who requires it is stopped before it
    return done and needed.state is not State.SKIPPED and not gone


def _why(node: Node, name: str) -> str:
    later = zip(node.planned.phases, node.planned.waits, strict=True)
    for phase, waits in list(later)[node.at + 1 :]:
        if any(_matching((waits,), name)):
            return f"it is declared for the phase {phase!r} only, which is later"
    return ""
