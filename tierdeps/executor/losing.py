"""What the loss of a driver that was up does to those that require it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import RunError
from tierdeps.model import OnFailure, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from tierdeps.executor.blueprint import Blueprint
    from tierdeps.executor.enduring import Enduring
    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run


def needing(blueprint: Blueprint, roots: Iterable[int], firm: Callable[[int], bool]) -> list[int]:
    """Return the places of all that requires one of the roots, and of what requires that; sorted, without the roots.

    What is ``firm`` stays whatever becomes of what it requires.
    """
    known = set(roots)
    found: list[int] = []
    stack = list(known)
    while stack:
        place = stack.pop()
        first = blueprint.first[place]
        for step in range(first, first + len(blueprint.planned[place].phases)):
            for requirer in blueprint.requiring(step):
                owner = blueprint.owner[requirer]
                if owner not in known and not firm(owner):
                    known.add(owner)
                    found.append(owner)
                    stack.append(owner)
    return sorted(found)


def fail(run: Run, node: Node, reason: str) -> None:
    """Fail a driver that stopped working before its stop reached it; one that has failed keeps its first reason."""
    if node.start_state in (State.STARTING, State.READY, State.ADOPTED):
        node.ignored = node.policy(run.options.on_failure) is OnFailure.IGNORE
        run.move(node, State.FAILED, reason)


def lose_while_stopping(run: Run, node: Node, reason: str) -> None:
    """Fail a driver while all is being stopped and its own stop is still to come; a phase that runs is ended."""

    def ended(node: Node, result: Any, error: BaseException | None) -> None:
        del result, error
        fail(run, node, reason)

    if node.start_state is State.STARTING and node.call is not None:
        node.call.then = ended
        run.give_up(node.call, RunError(reason))
    else:
        fail(run, node, reason)


def forsake(run: Run, lost: Node, starting: Enduring | None) -> list[Node]:
    """Block what requires a lost driver, whether it is up already or not; return it all, to be stopped.

    What is adopted goes on: nobody here may stop it.
    """
    nodes = run.nodes
    if starting is not None:
        starting.shut_behind(lost)
    places = needing(run.blueprint, [lost.place], lambda place: nodes[place].start_state is State.ADOPTED)
    found = [nodes[place] for place in places if not nodes[place].undone]
    reason = f"it requires {lost.name}, which was lost: {lost.reason}"
    for node in found:
        if node.start_state not in (State.SKIPPED, State.FAILED):
            node.cause |= {lost.name}
        if node.start_state is State.READY:
            run.move(node, State.BLOCKED, reason)
    if starting is not None:
        starting.forgo([node for node in found if node.start_state in (State.PENDING, State.STARTING)], reason)
    return found
