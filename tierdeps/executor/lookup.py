"""What ``context.get`` finds: nothing but what is declared, done, and there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.suggest import nearest, suggestion
from tierdeps.errors import UndeclaredDependency
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run
    from tierdeps.model import Inactive, Wait

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
            return PLAIN if needed.lifecycle is None else needed.lifecycle
    if known or any(target == name or target.startswith(f"{name}:") for target in planned.absent):
        return None
    inactive = [item for item in planned.inactive if item.is_named(name)]
    if any(planned.phases.index(item.phase) <= node.at for item in inactive):
        return None
    why, when = _later(node, name, inactive)
    raise UndeclaredDependency(node.name, phase, name, why, when, "" if why else _advice(run, node, name))


def _matching(waits: tuple[tuple[Wait, ...], ...], name: str) -> Iterator[Wait]:
    """Yield what is declared under a name; a ``before`` is declared by the other one, who is not used by it."""
    for group in waits:
        for wait in group:
            if name in (wait.target, wait.step.driver) and wait.kind is not Kind.BEFORE:
                yield wait


def _is_there(needed: Node, wait: Wait) -> bool:
    if needed.start_state is State.ADOPTED:
        return True
    done = needed.at > needed.planned.phases.index(wait.step.phase)
    gone = needed.undone and wait.kind is not Kind.REQUIRES  # who requires it is stopped before it
    return done and needed.start_state is not State.SKIPPED and not gone


def _advice(run: Run, node: Node, name: str) -> str:
    """Return what to do in place of a requirement, where one of this name would be none; else an empty string."""
    if name == node.name:
        return "a driver does not depend on itself: use self"
    if name in run.blueprint.place:
        return ""
    waits = [wait for group in node.planned.waits for wait in group if wait.kind is not Kind.BEFORE]
    declared = {known for wait in waits for known in (wait.target.partition(":")[0], wait.step.driver)}
    if near := nearest(name, declared):
        return f"did you mean {near!r}, which it depends on?"
    hint = suggestion(name, run.blueprint.place)
    return f"no driver that is run has this name{hint}" if hint else ""


def _later(node: Node, name: str, inactive: Iterable[Inactive]) -> tuple[str, str | None]:
    """Return what is declared under a name for a later phase, in words, and the fact on which it is conditional."""
    later = list(zip(node.planned.phases, node.planned.waits, strict=True))[node.at + 1 :]
    for phase, waits in later:
        for wait in _matching((waits,), name):
            condition = f", and only when {wait.when}" if wait.when else ""
            return f"it is declared for the phase {phase!r} only, which is later{condition}", wait.when
    for item in inactive:
        what = f"it is declared for the phase {item.phase!r} only, which is later"
        return f"{what}, and only when {item.when}, which does not hold here", item.when
    return "", None
